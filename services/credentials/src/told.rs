//! What an event of ours tells the store.

use lp_events::{Envelope, PathEvent, Poison, reason};

use crate::store::{Completion, Holder, Revocation, Tellings, Told};

/// Adds what the event tells, and the learner's names with it.
///
/// # Errors
/// When a number is larger than the store can hold.
pub(crate) fn add(tellings: &mut Tellings, envelope: &Envelope, event: PathEvent) -> Result<(), Poison> {
    let told = Told { at: envelope.time.get(), event_id: envelope.id };
    let profile = event.profile();
    let holder = Holder {
        learner_id: profile.learner.get(),
        username: profile.username.clone(),
        email: profile.email.clone(),
        name: profile.name.clone(),
        told,
    };
    match event {
        PathEvent::Completed(event) => tellings.completions.push(Completion {
            completion_id: event.completion_id,
            learner_id: event.user.learner.get(),
            run_key: event.run.into(),
            path_name: event.display_name,
            revision: number(event.revision, "revision")?,
            attempt: number(event.attempt, "attempt")?,
            completed_at: event.completed_at.get(),
            grade: event.grade.map(lp_domain::Ratio::get),
            progress: event.progress.get(),
            contexts: event.contexts.into_iter().map(String::from).collect(),
            told,
        }),
        PathEvent::Revoked(event) => tellings.revocations.push(Revocation {
            completion_id: event.completion_id,
            learner_id: event.user.learner.get(),
            revoked_at: event.revoked_at.get(),
            reason: Some(event.reason),
            told,
        }),
    }
    tellings.holders.push(holder);
    Ok(())
}

fn number(number: u32, field: &str) -> Result<i32, Poison> {
    number.try_into().map_err(|_| Poison::new(reason::FIELD_TYPE, format!("{field} is larger than 2^31-1")))
}
