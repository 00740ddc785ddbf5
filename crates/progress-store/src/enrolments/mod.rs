//! Learners in runs.

mod list;
pub(crate) mod rows;
mod wish;

use std::collections::{BTreeSet, HashMap};

use lp_domain::{Enrolment, Interval, LearnerId, RunKey, Timestamp};
use lp_events::{PathEnrolment, Profile};
use lp_outbox::OutboxMessage;
use serde_json::{Value, json};
use sqlx::PgConnection;

pub use list::{EnrolmentInterval, EnrolmentRecord, get_enrolment, list_enrolments};
pub use lp_domain::Again;
pub(crate) use wish::takes_somebody;
pub use wish::{Refusal, Wish};

use crate::audit::{self, By, Change};
use crate::catalogue::{Catalogue, Run};
use crate::judgement::Judged;
use crate::outgoing::{self, Profiles};
use crate::{Outcome, StoreError, enrolled, judge, learners};
use rows::{Place, Writes};

/// What is asked for one learner in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRequest {
    /// Who.
    pub learner: LearnerId,
    /// In which run.
    pub run: RunKey,
    /// What.
    pub wish: Wish,
    /// From when.
    pub at: Timestamp,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The enrolment was made or changed, and is now this.
    Changed(Enrolment),
    /// It was so already.
    Unchanged(Enrolment),
    /// It cannot be.
    Refused(Refusal),
}

/// A change that was made.
struct Made<'a> {
    learner: LearnerId,
    run: &'a Run,
    before: Option<Enrolment>,
    after: Enrolment,
    changes: i32,
    at: Timestamp,
}

/// Grants requests in their order, as far as they can be had: enrolments with their intervals, audit rows and events, and
/// verdicts from what is known, so that what a learner did before counts at once. The answers are in the order of the requests.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn enrol(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    requests: &[EnrolmentRequest],
    now: Timestamp,
) -> Result<(Vec<Answer>, Outcome), StoreError> {
    let whom: BTreeSet<i64> = requests.iter().map(|request| request.learner.get()).collect();
    let whom: Vec<i64> = whom.into_iter().collect();
    learners::lock(conn, &whom).await?;
    catalogue.refresh(conn).await?;
    let mut known: HashMap<Place, Judged> =
        enrolled::read(conn, &whom, None).await?.into_iter().map(|one| (one.place(), one)).collect();
    let (mut answers, mut made, mut writes) =
        (Vec::with_capacity(requests.len()), Vec::new(), Writes::default());
    for EnrolmentRequest { learner, run, wish, at } in requests {
        let Some(run) = catalogue.run_by_key(run) else {
            answers.push(Answer::Refused(Refusal::UnknownRun));
            continue;
        };
        if matches!(wish, Wish::Enrol(_) | Wish::EnrolOneself(_))
            && catalogue.survivor(learner.get()) != learner.get()
        {
            answers.push(Answer::Refused(Refusal::Merged));
            continue;
        }
        let place = (learner.get(), run.run_id);
        let before = known.get(&place);
        let change = match wish::change(run, before.map(|known| &known.enrolment), *wish, *at) {
            Ok(change) => change,
            Err(refusal) => {
                answers.push(Answer::Refused(refusal));
                continue;
            }
        };
        let (before, changes) =
            before.map_or((None, 0), |known| (Some(known.enrolment.clone()), known.changes));
        let Some(change) = change else {
            answers.extend(before.map(Answer::Unchanged));
            continue;
        };
        // Twice the same enrolment: each is a step of its own.
        if writes.touches(place) {
            writes.flush(conn).await?;
        }
        let (after, interval) = Enrolment::change(before.as_ref(), change, *at, run.latest_revision)?;
        let changes = changes + 1;
        writes.push(place, &after, changes, interval, *at);
        known
            .entry(place)
            .or_insert_with(|| Judged::new(*learner, run.run_id, after.clone()))
            .change(after.clone(), changes);
        answers.push(Answer::Changed(after.clone()));
        made.push(Made { learner: *learner, run, before, after, changes, at: *at });
    }
    writes.flush(conn).await?;
    tell(conn, by, &made, now).await?;
    let touched: BTreeSet<Place> = made.iter().map(|one| (one.learner.get(), one.run.run_id)).collect();
    let judged = touched.iter().filter_map(|place| known.remove(place)).collect();
    Ok((answers, judge::from_known(conn, catalogue, judged, now).await?))
}

/// Makes enrolments of others those of `learner`, who has none in these runs yet, with their attempts and intervals.
pub(crate) async fn carry(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    by: &By<'_>,
    others: &[&Judged],
    learner: LearnerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut made, mut writes) = (Vec::new(), Writes::default());
    for other in others {
        let Some(run) = catalogue.run(other.run_id) else { continue };
        let after = other.enrolment.clone();
        writes.push((learner.get(), other.run_id), &after, 1, Interval::Stays, now);
        made.push(Made { learner, run, before: None, after, changes: 1, at: now });
    }
    writes.flush(conn).await?;
    let places: Vec<Place> = others.iter().map(|other| other.place()).collect();
    rows::copy_intervals(conn, &places, learner).await?;
    tell(conn, by, &made, now).await
}

/// Writes down who did it, and what the world is told.
async fn tell(
    conn: &mut PgConnection,
    by: &By<'_>,
    made: &[Made<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    if made.is_empty() {
        return Ok(());
    }
    let targets: Vec<String> = made.iter().map(|one| target(&one.run.key, one.learner)).collect();
    let changes = made.iter().zip(&targets).map(|(one, target)| Change {
        action: if one.before.is_some() { "enrolment.changed" } else { "enrolment.created" },
        target,
        org: Some(one.run.key.org()),
        before: one.before.as_ref().map(shown),
        after: Some(shown(&one.after)),
    });
    audit::record_all(conn, by, changes.collect()).await?;
    let learners: Vec<i64> = made.iter().map(|one| one.learner.get()).collect();
    let profiles = Profiles::load(conn, &learners).await?;
    let messages: Vec<OutboxMessage> =
        made.iter().map(|one| message(one, profiles.of(one.learner), now)).collect();
    lp_outbox::append(conn, &messages).await?;
    Ok(())
}

/// What the audit log calls an enrolment.
fn target(run: &RunKey, learner: LearnerId) -> String {
    format!("enrolment:{run}/{learner}")
}

fn shown(enrolment: &Enrolment) -> Value {
    json!({ "state": enrolment.state, "attempt": enrolment.attempt, "revision": enrolment.revision })
}

fn message(made: &Made<'_>, user: Profile, now: Timestamp) -> OutboxMessage {
    let Made { learner, run, before, after, changes, at } = made;
    let event = PathEnrolment {
        is_new: before.is_none(),
        user,
        run: run.key.clone(),
        display_name: run.title.clone(),
        state: after.state,
        revision: after.revision,
        attempt: after.attempt,
        changed_at: *at,
    };
    let name = format!("{}\n{learner}\nenrolment\n{changes}", run.key);
    outgoing::message(outgoing::event_id(&name), event.event_type(), *learner, event.encode_body(), now)
}
