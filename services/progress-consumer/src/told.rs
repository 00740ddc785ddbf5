//! From a decoded event to what the store writes.

use chrono::TimeDelta;
use lp_domain::Timestamp;
use lp_events::{Decoded, Envelope};
use lp_progress_store::{CourseTelling, FactTelling, ProfileTelling, Tellings};
use lp_runtime::trace::{current_traceparent, span_with_remote_parent};

/// When a batch was received, and how far ahead of that a source's clock may run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) at: Timestamp,
    pub(crate) skew: TimeDelta,
}

/// Adds what an event tells; `message` is its place in the batch. Our own events tell us nothing.
pub(crate) fn add(
    tellings: &mut Tellings,
    message: usize,
    envelope: &Envelope,
    decoded: &Decoded,
    received: Received,
) {
    let Decoded::Lms(event) = decoded else { return };
    let traceparent = envelope.traceparent.as_deref().and_then(carried_on);
    for mut fact in event.facts(envelope) {
        let (at, clamped) = fact.at.clamp_future(received.at, received.skew);
        fact.at = at;
        if clamped {
            metrics::counter!("lp_progress_consumer_future_total").increment(1);
            tracing::warn!(event_id = %fact.id, "a fact is dated in the future; it is taken as of now");
        }
        tellings.facts.push(FactTelling { fact, message, traceparent: traceparent.clone() });
    }
    let (at, _) = envelope.time.clamp_future(received.at, received.skew);
    if let Some(profile) = event.profile() {
        tellings.profiles.push(ProfileTelling { profile: profile.clone(), at, id: envelope.id });
    }
    if let Some(course) = event.course_info() {
        tellings.courses.push(CourseTelling { course: course.clone(), at, id: envelope.id });
    }
}

/// The trace context of our own span under the message's.
fn carried_on(traceparent: &str) -> Option<String> {
    span_with_remote_parent(tracing::info_span!("progress event"), Some(traceparent))
        .in_scope(current_traceparent)
}
