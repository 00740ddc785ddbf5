//! What an event of ours tells the store.

use lp_domain::{AwardState, Timestamp};
use lp_events::{
    Envelope, PathCompleted, PathCompletionChanged, PathCompletionRevoked, PathEvent, Poison, reason,
};

use crate::store::{Completion, CountedContext, Holder, Retirement, Revocation, Tellings, Terms, Told};

/// Adds what the event tells, and the learner's names with it; whether there was anything to record.
///
/// # Errors
/// When a number is larger than the store can hold.
pub(crate) fn add(tellings: &mut Tellings, envelope: &Envelope, event: PathEvent) -> Result<bool, Poison> {
    let told = Told { at: envelope.time.get(), event_id: envelope.id };
    match &event {
        PathEvent::Completed(PathCompleted { user, .. })
        | PathEvent::Revoked(PathCompletionRevoked { user, .. })
        | PathEvent::Changed(PathCompletionChanged { user, .. }) => {
            tellings.holders.push(Holder {
                learner_id: user.learner.get(),
                username: user.username.clone(),
                email: user.email.clone(),
                name: user.name.clone(),
                told,
            });
        }
        PathEvent::CredentialAwarded(_) | PathEvent::CredentialRevoked(_) | PathEvent::Retired(_) => {}
    }
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
            contexts: event.contexts.into_iter().map(counted).collect(),
            told,
        }),
        PathEvent::Revoked(event) => tellings.revocations.push(Revocation {
            completion_id: event.completion_id,
            learner_id: event.user.learner.get(),
            revoked_at: event.revoked_at.get(),
            reason: Some(event.reason),
            told,
        }),
        // That an award was taken back is told by itself.
        PathEvent::Changed(event) if event.state == AwardState::Revoked => {}
        PathEvent::Changed(event) => tellings.terms.push(Terms {
            completion_id: event.completion_id,
            learner_id: event.user.learner.get(),
            change: number(event.change, "change")?,
            period: number(event.period, "period")?,
            state: event.state,
            valid_from: event.valid_from.get(),
            expires_at: event.expires_at.map(Timestamp::get),
            renews: event.renews,
        }),
        // This service told it.
        PathEvent::CredentialAwarded(_) | PathEvent::CredentialRevoked(_) => return Ok(false),
        PathEvent::Retired(event) => tellings
            .retirements
            .push(Retirement { learner_id: event.learner.get(), retired_at: event.retired_at.get() }),
    }
    Ok(true)
}

fn counted(context: lp_events::CountedContext) -> CountedContext {
    CountedContext {
        key: context.key.into(),
        title: context.title,
        grade: context.grade.map(lp_domain::Ratio::get),
        completed_at: context.completed_at.map(Timestamp::get),
    }
}

fn number(number: u32, field: &str) -> Result<i32, Poison> {
    number.try_into().map_err(|_| Poison::new(reason::FIELD_TYPE, format!("{field} is larger than 2^31-1")))
}
