//! Two accounts of one person.

use std::collections::{BTreeSet, HashMap};

use lp_domain::{EnrolmentState, LearnerId, RunKey, Timestamp};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, By, Change};
use crate::authoring::{AuthoringError, lock_catalogue, raise_version};
use crate::catalogue::Catalogue;
use crate::enrolments::{self, EnrolmentRequest, Refusal, Wish, enrol};
use crate::judgement::Judged;
use crate::{Outcome, StoreError, enrolled, judge, learners};

/// Merges the account `from` into `into`, which survives: what is known of either counts for the survivor from now on, also what
/// comes later. Facts keep the account that they are about. The survivor takes over runs that only the other was in, and what the
/// world was told of completions, so that nothing is told twice; the other leaves its runs. Where both are in a run, or
/// completed it, the survivor's enrolment and completion stay as they are. Accounts that were merged into `from` come along.
/// Merged so already, nothing is done.
///
/// # Errors
/// [`Refusal::Merged`] when either is merged into another account already; when the database refuses, or holds what we cannot
/// read.
pub async fn merge_learners(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    (from, into): (LearnerId, LearnerId),
    now: Timestamp,
) -> Result<Outcome, AuthoringError> {
    lock_catalogue(conn).await?;
    catalogue.refresh(conn).await?;
    let both = BTreeSet::from([from.get(), into.get()]);
    let locked: Vec<i64> = both.into_iter().collect();
    learners::lock(conn, &locked).await?;
    if catalogue.survivor(from.get()) == into.get() {
        return Ok(Outcome::default());
    }
    if [from, into].iter().any(|learner| catalogue.survivor(learner.get()) != learner.get()) {
        return Err(Refusal::Merged.into());
    }
    let mut outcome = take_over(conn, catalogue, by, (from, into), now).await?;
    sqlx::query!(
        "WITH moved AS (UPDATE learner_merges SET survivor_id = $2 WHERE survivor_id = $1)
         INSERT INTO learner_merges (learner_id, survivor_id) VALUES ($1, $2)",
        from.get(),
        into.get(),
    )
    .execute(&mut *conn)
    .await
    .map_err(StoreError::from)?;
    raise_version(conn).await?;
    catalogue.refresh(conn).await?;
    let target = format!("learner:{from}");
    let change = Change {
        action: "learner.merged",
        target: &target,
        org: None,
        before: None,
        after: Some(json!({ "into": into })),
    };
    audit::record(conn, by, change).await?;
    // The other too: from now on reports count the person once.
    outcome.add(judge::anew(conn, catalogue, &locked, None, now).await?);
    Ok(outcome)
}

/// The runs of the one become the other's.
async fn take_over(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    (from, into): (LearnerId, LearnerId),
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let (theirs, own): (Vec<Judged>, Vec<Judged>) = enrolled::read(conn, &[from.get(), into.get()], None)
        .await?
        .into_iter()
        .partition(|one| one.learner == from);
    let own: HashMap<i64, Judged> = own.into_iter().map(|one| (one.run_id, one)).collect();
    let leaves =
        |one: &&Judged| !matches!(one.enrolment.state, EnrolmentState::Withdrawn | EnrolmentState::Ended);
    let (mut carried, mut left): (Vec<&Judged>, Vec<RunKey>) = (Vec::new(), Vec::new());
    for one in theirs.iter().filter(leaves) {
        if !own.contains_key(&one.run_id) {
            carried.push(one);
        }
        left.extend(catalogue.run(one.run_id).map(|run| run.key.clone()));
    }
    enrolments::carry(conn, catalogue, by, &carried, into, now).await?;
    carry_completions(conn, from, into).await?;
    let left = left.into_iter();
    let requests: Vec<EnrolmentRequest> =
        left.map(|run| EnrolmentRequest { learner: from, run, wish: Wish::Withdraw, at: now }).collect();
    Ok(enrol(conn, catalogue, by, &requests, now).await?.1)
}

/// What the world was told of the one's attempts is what it was told of the other's, where that is nothing yet.
async fn carry_completions(
    conn: &mut PgConnection,
    from: LearnerId,
    into: LearnerId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO completions (learner_id, run_id, attempt, sequence, completion_id, revision, completed_at, state, state_at,
             period, valid_from, expires_at, counted_from, renews, window_begins, window_ends, award, requirement_met, changes)
         SELECT s.learner_id, c.run_id, s.attempt, c.sequence, c.completion_id, c.revision, c.completed_at, c.state, c.state_at,
             c.period, c.valid_from, c.expires_at, c.counted_from, c.renews, c.window_begins, c.window_ends, c.award,
             c.requirement_met, c.changes
         FROM completions c
         JOIN enrolments e ON e.learner_id = c.learner_id AND e.run_id = c.run_id AND e.attempt = c.attempt
         JOIN enrolments s ON s.learner_id = $2 AND s.run_id = c.run_id
         WHERE c.learner_id = $1 AND NOT EXISTS (
             SELECT FROM completions told
             WHERE told.learner_id = s.learner_id AND told.run_id = s.run_id AND told.attempt = s.attempt
         )",
        from.get(),
        into.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
