//! Enrolments, as those see them who manage runs.

use chrono::{DateTime, Utc};
use lp_domain::{Enrolment, EnrolmentState, LearnerId, RunKey};
use sqlx::PgConnection;

use super::rows;
use crate::StoreError;
use crate::learners::parse_learner;

/// A learner in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRecord {
    /// LMS user id.
    pub learner: LearnerId,
    /// The enrolment.
    pub enrolment: Enrolment,
}

/// A time during which a learner was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentInterval {
    /// From when.
    pub opened_at: DateTime<Utc>,
    /// Until when; still in when not given.
    pub closed_at: Option<DateTime<Utc>>,
    /// In which attempt.
    pub attempt: u32,
}

/// A row of `enrolments`.
struct Row {
    learner_id: i64,
    state: String,
    attempt: i32,
    attempt_started_at: DateTime<Utc>,
    revision: i32,
}

impl TryFrom<Row> for EnrolmentRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let enrolment = rows::parse(&row.state, row.attempt, row.attempt_started_at, row.revision)?;
        Ok(Self { learner: parse_learner(row.learner_id)?, enrolment })
    }
}

/// Up to `limit` enrolments in a run, of one state or of all, of the learners after `after`.
///
/// # Errors
/// When the database refuses.
pub async fn list_enrolments(
    conn: &mut PgConnection,
    run: &RunKey,
    state: Option<EnrolmentState>,
    after: i64,
    limit: i64,
) -> Result<Vec<EnrolmentRecord>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT e.learner_id, e.state, e.attempt, e.attempt_started_at, e.revision
         FROM enrolments e JOIN runs r USING (run_id)
         WHERE r.run_key = $1 AND e.learner_id > $2 AND ($3::text IS NULL OR e.state = $3)
         ORDER BY e.learner_id LIMIT $4",
        run.as_str(),
        after,
        state.map(EnrolmentState::word),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(EnrolmentRecord::try_from).collect()
}

/// A learner's enrolment in a run with all its intervals, the first one first; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_enrolment(
    conn: &mut PgConnection,
    run: &RunKey,
    learner: LearnerId,
) -> Result<Option<(EnrolmentRecord, Vec<EnrolmentInterval>)>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT e.learner_id, e.state, e.attempt, e.attempt_started_at, e.revision
         FROM enrolments e JOIN runs r USING (run_id) WHERE e.learner_id = $1 AND r.run_key = $2",
        learner.get(),
        run.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let intervals = sqlx::query!(
        "SELECT i.opened_at, i.closed_at, i.attempt FROM enrolment_intervals i JOIN runs r USING (run_id)
         WHERE i.learner_id = $1 AND r.run_key = $2 ORDER BY i.opened_at",
        learner.get(),
        run.as_str(),
    )
    .fetch_all(conn)
    .await?;
    let intervals = intervals.into_iter().map(|row| EnrolmentInterval {
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        attempt: row.attempt.unsigned_abs(),
    });
    Ok(Some((row.try_into()?, intervals.collect())))
}
