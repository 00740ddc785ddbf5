//! Enrolments and their intervals as columns: one statement, whatever their number.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use lp_domain::{Enrolment, EnrolmentState, Interval, LearnerId, Timestamp};
use sqlx::PgConnection;

use crate::learners::parse_instant;
use crate::{StoreError, live, plans, states};

/// A learner and a run's number.
pub(super) type Place = (i64, i64);

/// An enrolment from its columns.
pub(crate) fn parse(
    state: &str,
    attempt: i32,
    attempt_started_at: DateTime<Utc>,
    revision: i32,
) -> Result<Enrolment, StoreError> {
    Ok(Enrolment {
        state: EnrolmentState::from_word(state).ok_or_else(|| states::unknown("an enrolment", state))?,
        attempt: attempt.unsigned_abs(),
        attempt_started_at: parse_instant(attempt_started_at)?,
        revision: revision.unsigned_abs(),
    })
}

/// Enrolments to be written, each once.
#[derive(Default)]
pub(super) struct Writes {
    touched: HashSet<Place>,
    learners: Vec<i64>,
    runs: Vec<i64>,
    states: Vec<String>,
    attempts: Vec<i32>,
    started_ats: Vec<DateTime<Utc>>,
    revisions: Vec<i32>,
    changes: Vec<i32>,
    opens: Intervals,
    closes: Intervals,
}

#[derive(Default)]
struct Intervals {
    learners: Vec<i64>,
    runs: Vec<i64>,
    attempts: Vec<i32>,
    ats: Vec<DateTime<Utc>>,
}

impl Writes {
    pub(super) fn touches(&self, place: Place) -> bool {
        self.touched.contains(&place)
    }

    pub(super) fn push(
        &mut self,
        place: Place,
        enrolment: &Enrolment,
        changes: i32,
        interval: Interval,
        at: Timestamp,
    ) {
        self.touched.insert(place);
        self.learners.push(place.0);
        self.runs.push(place.1);
        self.states.push(enrolment.state.word().to_owned());
        self.attempts.push(enrolment.attempt.cast_signed());
        self.started_ats.push(enrolment.attempt_started_at.get());
        self.revisions.push(enrolment.revision.cast_signed());
        self.changes.push(changes);
        let intervals = match interval {
            Interval::Opens => &mut self.opens,
            Interval::Closes => &mut self.closes,
            Interval::Stays => return,
        };
        intervals.learners.push(place.0);
        intervals.runs.push(place.1);
        intervals.attempts.push(enrolment.attempt.cast_signed());
        intervals.ats.push(at.get());
    }

    /// Writes what was pushed, and is empty then.
    pub(super) async fn flush(&mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        let writes = std::mem::take(self);
        if writes.touched.is_empty() {
            return Ok(());
        }
        plans::kept(conn).await?;
        sqlx::query!(
            "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision, changes)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::timestamptz[], $6::integer[],
                                  $7::integer[])
             ON CONFLICT (learner_id, run_id) DO UPDATE SET
                 state = excluded.state, attempt = excluded.attempt, attempt_started_at = excluded.attempt_started_at,
                 revision = excluded.revision, changes = excluded.changes, updated_at = now()",
            &writes.learners,
            &writes.runs,
            &writes.states,
            &writes.attempts,
            &writes.started_ats,
            &writes.revisions,
            &writes.changes,
        )
        .execute(&mut *conn)
        .await?;
        plans::made_anew(conn).await?;
        writes.opens.open(&mut *conn).await?;
        writes.closes.close(&mut *conn).await?;
        live::notify(conn, writes.learners).await
    }
}

impl Intervals {
    async fn open(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO enrolment_intervals (learner_id, run_id, opened_at, attempt)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::integer[])
             ON CONFLICT (learner_id, run_id, opened_at) DO UPDATE SET closed_at = NULL",
            &self.learners,
            &self.runs,
            &self.ats,
            &self.attempts,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn close(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "UPDATE enrolment_intervals i SET closed_at = greatest(n.closed_at, i.opened_at)
             FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS n (learner_id, run_id, closed_at)
             WHERE i.learner_id = n.learner_id AND i.run_id = n.run_id AND i.closed_at IS NULL",
            &self.learners,
            &self.runs,
            &self.ats,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// Gives a learner the intervals of others.
pub(super) async fn copy_intervals(
    conn: &mut PgConnection,
    places: &[Place],
    learner: LearnerId,
) -> Result<(), StoreError> {
    let (learners, runs): (Vec<i64>, Vec<i64>) = places.iter().copied().unzip();
    sqlx::query!(
        "INSERT INTO enrolment_intervals (learner_id, run_id, opened_at, attempt, closed_at)
         SELECT $3, i.run_id, i.opened_at, i.attempt, i.closed_at
         FROM enrolment_intervals i
         JOIN unnest($1::bigint[], $2::bigint[]) AS n (learner_id, run_id)
           ON i.learner_id = n.learner_id AND i.run_id = n.run_id",
        &learners,
        &runs,
        learner.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
