//! Tellings for tests: everything about a completion follows from its id, as it does on the bus.

use chrono::{DateTime, TimeDelta, Utc};
use lp_credentials_store::{Completion, CountedContext, Holder, Revocation, Tellings, Told};
use uuid::Uuid;

/// One thing told by one event.
#[derive(Debug, Clone)]
pub(crate) enum Telling {
    Completed(Completion),
    Revoked(Revocation),
}

impl Telling {
    fn holder(&self) -> Holder {
        let (learner_id, told) = match self {
            Self::Completed(completion) => (completion.learner_id, completion.told),
            Self::Revoked(revocation) => (revocation.learner_id, revocation.told),
        };
        let name = name(told);
        let username = if name.is_empty() { String::new() } else { format!("user-{name}") };
        Holder { learner_id, username, email: name.clone(), name, told }
    }
}

/// The learner's name in an event; one event in three knows none.
pub(crate) fn name(told: Told) -> String {
    if told.event_id.as_bytes()[0].is_multiple_of(3) { String::new() } else { told.event_id.to_string() }
}

/// A batch as the consumer makes it: with each event, the learner's names.
pub(crate) fn batch<'a>(all: impl IntoIterator<Item = &'a Telling>) -> Tellings {
    let mut tellings = Tellings::default();
    for telling in all {
        tellings.holders.push(telling.holder());
        match telling {
            Telling::Completed(completion) => tellings.completions.push(completion.clone()),
            Telling::Revoked(revocation) => tellings.revocations.push(revocation.clone()),
        }
    }
    tellings
}

/// An instant, `minute` minutes into a day.
pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    "2026-05-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

/// When and by which event; the same minute and `what` give the same event.
pub(crate) fn told(minute: i64, what: &str) -> Told {
    Told {
        at: at(minute),
        event_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{minute} {what}").as_bytes()),
    }
}

/// The id of the `sequence`th completion of a learner in a run.
pub(crate) fn completion_id(learner_id: i64, run: u8, sequence: u8) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{learner_id} {run} {sequence}").as_bytes())
}

/// The learner completed the run.
pub(crate) fn completed(learner_id: i64, run: u8, sequence: u8, minute: i64) -> Telling {
    let completion_id = completion_id(learner_id, run, sequence);
    Telling::Completed(Completion {
        completion_id,
        learner_id,
        run_key: format!("path-v1:Org+N{run}+R+G"),
        path_name: format!("Path {run}, as told at {minute}"),
        revision: 1,
        attempt: 1,
        completed_at: at(minute - 1),
        grade: (minute % 2 == 0).then_some(0.0),
        progress: 1.0,
        contexts: vec![
            CountedContext::of_key("course-v1:edX+777+2026"),
            CountedContext {
                title: Some("Kafka, basically".into()),
                grade: Some(0.0),
                completed_at: Some(at(0)),
                ..CountedContext::of_key(format!("course-v1:edX+77{run}+2026"))
            },
        ],
        told: told(minute, &format!("completed {completion_id}")),
    })
}

/// The completion was taken back.
pub(crate) fn revoked(learner_id: i64, run: u8, sequence: u8, minute: i64) -> Telling {
    let completion_id = completion_id(learner_id, run, sequence);
    Telling::Revoked(Revocation {
        completion_id,
        learner_id,
        revoked_at: at(minute - 1),
        reason: (minute % 2 == 0).then(|| format!("as told at {minute}")),
        told: told(minute, &format!("revoked {completion_id}")),
    })
}
