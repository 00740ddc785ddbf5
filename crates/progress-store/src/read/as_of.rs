//! A learner in one run, as of an earlier moment: judged anew from the journal.

use std::collections::HashMap;

use chrono::TimeDelta;
use lp_domain::{Enrolment, EnrolmentState, LearnerFacts, LearnerId, Timestamp, evaluate};
use sqlx::PgConnection;

use super::columns::{enrolment_state, of_store, timestamp};
use super::learner_run::{LearnerRunDetail, Then, read};
use crate::catalogue::Catalogue;
use crate::counting::Counting;
use crate::facts::Known;
use crate::journal;
use crate::judgement::Judged;

/// A learner in one run as of `at`; `None` when there is no such run or the learner was not enrolled in it by then.
///
/// Judged by what judges when facts arrive, from the facts that are dated up to then, whenever they arrived. Attempt and revision
/// are those of then as far as is kept: of learners who were moved to another revision it is that one from its publication on.
/// Policies, dates, titles, and what is gone are those of now.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_learner_run_as_of(
    conn: &mut PgConnection,
    learner: LearnerId,
    run_key: &str,
    at: Timestamp,
) -> sqlx::Result<Option<LearnerRunDetail>> {
    let catalogue = Catalogue::of_learner(conn, learner.get(), at).await.map_err(of_store)?;
    let Some(run) = catalogue.runs().find(|run| run.key.as_str() == run_key) else { return Ok(None) };
    let mut enrolments = enrolments(conn, learner, at).await?;
    let Some(enrolment) = enrolments.get(&run.run_id).cloned() else { return Ok(None) };

    // What shares no work is judged together.
    enrolments.retain(|run_id, _| {
        *run_id == run.run_id
            || run.group().is_some()
                && catalogue.run(*run_id).is_some_and(|other| other.group() == run.group())
    });
    let facts = facts(conn, &catalogue, learner, at).await?;
    let run_of = |run_id| catalogue.run(run_id);
    let known = enrolments.keys().filter_map(|run_id| run_of(*run_id)).map(|run| {
        let counts = facts.iter().filter(|fact| run.closes_at.is_none_or(|closes| fact.at < closes));
        let mut known = LearnerFacts::default();
        for fact in counts.filter(|fact| fact.learner == learner) {
            known.entry(fact.context.clone()).or_default().apply(fact);
        }
        (run.run_id, Known::from([(learner.get(), known)]))
    });
    let counting = Counting::given(known.collect());
    let judged: Vec<Judged> =
        enrolments.into_iter().map(|(run_id, enrolment)| Judged::new(learner, run_id, enrolment)).collect();
    let nothing = Known::new();
    let mut reduced = counting.reduce(&judged, &nothing, run_of, at);
    let own = Judged::new(learner, run.run_id, enrolment.clone());
    let facts = reduced.remove(&own.place()).unwrap_or_else(|| counting.of(&own, &nothing).clone());

    let revision = run.revision_for(enrolment.revision);
    let Some(definition) = run.definition(revision) else { return Ok(None) };
    let verdict = evaluate(definition, &run.policy, &enrolment, &facts, run.as_of(at));
    let (latest_revision, catalogue_version) = (run.latest_revision, catalogue.version());
    let then = Then { at, enrolment, revision, latest_revision, verdict, facts, catalogue_version };
    read(conn, learner.get(), run_key, Some(then)).await
}

/// The facts that are dated up to an instant.
async fn facts(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learner: LearnerId,
    at: Timestamp,
) -> sqlx::Result<Vec<lp_domain::Fact>> {
    // Instants are kept to the microsecond.
    let after = timestamp(at.get() + TimeDelta::microseconds(1)).unwrap_or(at);
    journal::of_people(conn, catalogue, &[learner.get()], Some(after)).await.map_err(of_store)
}

/// The enrolments of a learner that had begun by then, by the run's number.
async fn enrolments(
    conn: &mut PgConnection,
    learner: LearnerId,
    at: Timestamp,
) -> sqlx::Result<HashMap<i64, Enrolment>> {
    let rows = sqlx::query!(
        r#"SELECT e.run_id, e.state, i.attempt, b.began AS "began!",
                  i.closed_at > $2 OR i.closed_at IS NULL AS "is_open!", b.came_back AS "came_back!",
                  CASE WHEN e.attempt = i.attempt THEN least(e.revision, v.now) ELSE v.at_first END AS "revision!"
           FROM enrolments e
           JOIN LATERAL (
               SELECT attempt, closed_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id AND opened_at <= $2
               ORDER BY opened_at DESC LIMIT 1
           ) i ON true
           JOIN LATERAL (
               SELECT CASE WHEN e.attempt = i.attempt THEN e.attempt_started_at
                           ELSE min(opened_at) FILTER (WHERE attempt = i.attempt) END AS began,
                      bool_or(opened_at > $2) AS came_back
               FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
           ) b ON true
           JOIN LATERAL (
               SELECT COALESCE(max(revision) FILTER (WHERE published_at <= $2), 1) AS now,
                      COALESCE(max(revision) FILTER (WHERE published_at <= b.began), 1) AS at_first
               FROM revisions WHERE run_id = e.run_id
           ) v ON true
           WHERE e.learner_id = $1"#,
        learner.get(),
        at.get(),
    )
    .fetch_all(conn)
    .await?;
    let decoded = rows.into_iter().map(|row| {
        let state = match (row.is_open, row.came_back) {
            (true, _) => EnrolmentState::Active,
            // They had left, or were suspended: which of the two is not kept once they are back.
            (false, true) => EnrolmentState::Withdrawn,
            (false, false) => enrolment_state(&row.state)?,
        };
        let attempt_started_at = timestamp(row.began)?;
        let (attempt, revision) = (row.attempt.unsigned_abs(), row.revision.unsigned_abs());
        Ok((row.run_id, Enrolment { state, attempt, attempt_started_at, revision }))
    });
    decoded.collect()
}
