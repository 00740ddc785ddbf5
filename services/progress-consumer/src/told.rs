//! From a decoded event to what the store writes.

use chrono::TimeDelta;
use lp_domain::Timestamp;
use lp_events::lms::NewCourse;
use lp_events::{Decoded, Envelope, LmsEvent};
use lp_progress_store::{ClaimKey, CourseTelling, FactTelling, ProfileTelling, RerunTelling, Tellings};
use lp_runtime::Settings;
use lp_runtime::trace::{current_traceparent, span_with_remote_parent};

/// How events are taken in.
#[derive(Debug, Clone)]
pub struct Intake {
    /// How far ahead of our clock a source's may run; facts dated beyond are clamped.
    pub skew: TimeDelta,
    /// The key by which invited learners are known; without it nobody is invited.
    pub claims: Option<ClaimKey>,
}

impl Intake {
    /// As the configuration says.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn of(settings: &Settings) -> anyhow::Result<Self> {
        let skew = TimeDelta::from_std(settings.intake.future_skew)?;
        Ok(Self { skew, claims: settings.claim_key() })
    }
}

/// Adds what an event tells; `message` is its place in the batch. Our own events tell us nothing.
pub(crate) fn add(
    tellings: &mut Tellings,
    message: usize,
    envelope: &Envelope,
    decoded: &Decoded,
    intake: &Intake,
    received: Timestamp,
) {
    let Decoded::Lms(event) = decoded else { return };
    let traceparent = envelope.traceparent.as_deref().and_then(carried_on);
    for mut fact in event.facts(envelope) {
        let (at, clamped) = fact.at.clamp_future(received, intake.skew);
        fact.at = at;
        if clamped {
            metrics::counter!("lp_progress_consumer_future_total").increment(1);
            tracing::warn!(event_id = %fact.id, "a fact is dated in the future; it is taken as of now");
        }
        tellings.facts.push(FactTelling { fact, message, traceparent: traceparent.clone() });
    }
    let (at, _) = envelope.time.clamp_future(received, intake.skew);
    if let Some(profile) = event.profile() {
        // An address that nobody has verified may be another's.
        let verified = Some(&profile.email).filter(|email| profile.is_active && !email.is_empty());
        let claim = verified.zip(intake.claims.as_ref()).map(|(email, key)| key.email(email));
        tellings.profiles.push(ProfileTelling { profile: profile.clone(), claim, at, id: envelope.id });
    }
    if let LmsEvent::NewCourse(NewCourse { course, is_rerun: true }) = event {
        tellings.reruns.push(RerunTelling { course: course.clone(), at, id: envelope.id });
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
