//! Learners in runs.

use lp_domain::{Change, Enrolment, EnrolmentState, Interval, LearnerId, RunKey, Timestamp};
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::learners::parse_instant;
use crate::{Outcome, StoreError, judge, learners, states};

/// What enrolling a learner did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// Enrolled for the first time, or again.
    Now,
    /// Was in already; nothing was done.
    Already,
}

/// Enrols a learner, or enrols one again who had left, going on where they were. What they did before counts at once.
///
/// # Errors
/// [`StoreError::UnknownRun`]; when the database refuses.
pub async fn enrol(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    learner: LearnerId,
    at: Timestamp,
    now: Timestamp,
) -> Result<(Enrolled, Outcome), StoreError> {
    let locked = lock(conn, catalogue, run, learner).await?;
    let change = match locked.before.as_ref().map(|before| before.state) {
        Some(EnrolmentState::Active | EnrolmentState::Suspended) => {
            return Ok((Enrolled::Already, Outcome::default()));
        }
        None | Some(EnrolmentState::Pending) => Change::Enrol,
        Some(EnrolmentState::Withdrawn | EnrolmentState::Ended) => Change::ReEnrol,
    };
    let (_, outcome) = locked.change(conn, catalogue, change, at, now).await?;
    Ok((Enrolled::Now, outcome))
}

/// Changes a learner's enrolment, dated `at`, and judges it anew.
///
/// # Errors
/// [`StoreError::UnknownRun`]; [`StoreError::IllegalChange`] when the state does not allow it; when the database refuses.
pub async fn change(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    learner: LearnerId,
    change: Change,
    at: Timestamp,
    now: Timestamp,
) -> Result<(Enrolment, Outcome), StoreError> {
    lock(conn, catalogue, run, learner).await?.change(conn, catalogue, change, at, now).await
}

/// A learner's enrolment in a run, with the learner's lock taken.
struct Locked {
    learner: LearnerId,
    run_id: i64,
    latest_revision: u32,
    before: Option<Enrolment>,
}

async fn lock(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    learner: LearnerId,
) -> Result<Locked, StoreError> {
    learners::lock(conn, &[learner.get()]).await?;
    catalogue.refresh(conn).await?;
    let run = catalogue.run_by_key(run).ok_or_else(|| StoreError::UnknownRun(run.clone()))?;
    let before = current(conn, run.run_id, learner).await?;
    Ok(Locked { learner, run_id: run.run_id, latest_revision: run.latest_revision, before })
}

impl Locked {
    async fn change(
        self,
        conn: &mut PgConnection,
        catalogue: &Catalogue,
        change: Change,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(Enrolment, Outcome), StoreError> {
        let Self { learner, run_id, latest_revision, before } = self;
        let (enrolment, interval) = Enrolment::change(before.as_ref(), change, at, latest_revision)?;
        write(conn, run_id, learner, &enrolment, interval, at).await?;
        let outcome = judge::anew(conn, catalogue, &[learner.get()], Some(run_id), now).await?;
        Ok((enrolment, outcome))
    }
}

async fn current(
    conn: &mut PgConnection,
    run_id: i64,
    learner: LearnerId,
) -> Result<Option<Enrolment>, StoreError> {
    let row = sqlx::query!(
        "SELECT state, attempt, attempt_started_at, revision FROM enrolments WHERE learner_id = $1 AND run_id = $2",
        learner.get(),
        run_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Enrolment {
            state: states::enrolment(&row.state)
                .ok_or_else(|| states::unknown("an enrolment", &row.state))?,
            attempt: row.attempt.unsigned_abs(),
            attempt_started_at: parse_instant(row.attempt_started_at)?,
            revision: row.revision.unsigned_abs(),
        })
    })
    .transpose()
}

async fn write(
    conn: &mut PgConnection,
    run_id: i64,
    learner: LearnerId,
    enrolment: &Enrolment,
    interval: Interval,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (learner_id, run_id) DO UPDATE SET
             state = excluded.state, attempt = excluded.attempt, attempt_started_at = excluded.attempt_started_at,
             revision = excluded.revision, updated_at = now()",
        learner.get(),
        run_id,
        states::enrolment_word(enrolment.state),
        enrolment.attempt.cast_signed(),
        enrolment.attempt_started_at.get(),
        enrolment.revision.cast_signed(),
    )
    .execute(&mut *conn)
    .await?;
    match interval {
        Interval::Opens => {
            sqlx::query!(
                "INSERT INTO enrolment_intervals (learner_id, run_id, opened_at, attempt) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (learner_id, run_id, opened_at) DO UPDATE SET closed_at = NULL",
                learner.get(),
                run_id,
                at.get(),
                enrolment.attempt.cast_signed(),
            )
            .execute(conn)
            .await?;
        }
        Interval::Closes => {
            sqlx::query!(
                "UPDATE enrolment_intervals SET closed_at = greatest($3, opened_at)
                 WHERE learner_id = $1 AND run_id = $2 AND closed_at IS NULL",
                learner.get(),
                run_id,
                at.get(),
            )
            .execute(conn)
            .await?;
        }
        Interval::Stays => {}
    }
    Ok(())
}
