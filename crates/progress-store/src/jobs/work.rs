//! Rows of jobs, done.

use lp_domain::{RunKey, Timestamp};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::done::Done;
use super::{courses, only, target};
use crate::admission::{Admission, admit};
use crate::audit::{self, By, Change};
use crate::catalogue::Catalogue;
use crate::claims::ClaimKey;
use crate::enrolments::Wish;
use crate::learners::parse_learner;
use crate::people::Named;
use crate::recorded::{Recording, record_facts};
use crate::{Outcome, StoreError};

/// What was done for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked {
    /// Which job.
    pub job_id: Uuid,
    /// How many rows.
    pub rows: u32,
    /// Whether that was all of it.
    pub ended: bool,
    /// What it did.
    pub outcome: Outcome,
}

/// Does up to `limit` rows of the job that has waited longest since its last turn, in the caller's transaction: what is
/// committed is done, what is not is done by whoever comes next. `None` when no job waits that nobody else is just at. Several may
/// do this at once.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn work_on_a_job(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    key: Option<&ClaimKey>,
    limit: u32,
    now: Timestamp,
) -> Result<Option<Worked>, StoreError> {
    let job = sqlx::query!(
        "SELECT job_id, dry_run, into_courses, actor, request_id, reason, total_rows, done_rows FROM jobs
         WHERE state IN ('waiting', 'running') AND done_rows < total_rows ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(None) };
    let last = job.done_rows.saturating_add_unsigned(limit).min(job.total_rows);
    let by = By { actor: &job.actor, request_id: job.request_id, reason: job.reason.as_deref() };
    let mut done = Done::default();
    let (mut wishes, mut admissions) = (Vec::new(), Vec::new());
    let (mut numbers, mut recordings) = (Vec::new(), Vec::new());
    for (number, asked) in rows(conn, job.job_id, job.done_rows, last, key).await? {
        match asked {
            Asked::Nothing => done.nobody(number),
            Asked::Enrolment(admission) => {
                wishes.push((number, admission.wish));
                admissions.push(admission);
            }
            Asked::Fact(recording) => {
                numbers.push(number);
                recordings.push(recording);
            }
        }
    }
    let mut inner = conn.begin().await?;
    let (admitted, mut outcome) = admit(&mut inner, catalogue, &by, &admissions, now).await?;
    let (recorded, of_facts) = record_facts(&mut inner, catalogue, &by, &recordings, now).await?;
    if job.dry_run {
        inner.rollback().await?;
    } else {
        inner.commit().await?;
    }
    outcome.add(of_facts);
    if job.into_courses && !job.dry_run {
        let entered: Vec<_> = wishes
            .iter()
            .zip(admissions.iter().zip(&admitted))
            .filter_map(|((_, wish), one)| matches!(wish, Wish::Enrol(_)).then_some(one))
            .collect();
        courses::want(conn, catalogue, job.job_id, &entered).await?;
    }
    for ((number, wish), became) in wishes.into_iter().zip(&admitted) {
        done.admitted(number, wish, became, job.dry_run);
    }
    for (number, became) in numbers.into_iter().zip(recorded) {
        done.recorded(number, became);
    }
    done.write(conn, job.job_id).await?;
    let ended = last == job.total_rows;
    sqlx::query!(
        "UPDATE jobs SET done_rows = $2, state = 'running', turn_at = clock_timestamp() WHERE job_id = $1",
        job.job_id,
        last,
    )
    .execute(&mut *conn)
    .await?;
    courses::end_if_done(conn, job.job_id).await?;
    let rows = last.abs_diff(job.done_rows);
    Ok(Some(Worked { job_id: job.job_id, rows, ended, outcome }))
}

/// Puts the job that has waited longest behind the others, after working on it failed: so that it holds up none of them.
///
/// # Errors
/// When the database refuses.
pub async fn postpone_job(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE jobs SET turn_at = clock_timestamp() WHERE job_id = (
             SELECT job_id FROM jobs WHERE state IN ('waiting', 'running') AND done_rows < total_rows
             ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a job that concerns these organisations only; the rows done by then stay done, and what the people of the others are
/// known by is forgotten. Says whether there is such a job; one that has ended stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_job(
    conn: &mut PgConnection,
    by: &By<'_>,
    orgs: Option<&[String]>,
    job_id: Uuid,
) -> Result<bool, StoreError> {
    let job = sqlx::query!(
        "SELECT state, orgs FROM jobs WHERE job_id = $2 AND ($1::text[] IS NULL OR orgs <@ $1) FOR UPDATE",
        orgs,
        job_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(false) };
    if !matches!(job.state.as_str(), "waiting" | "running") {
        return Ok(true);
    }
    sqlx::query!(
        "UPDATE jobs SET state = 'cancelled', ended_at = clock_timestamp() WHERE job_id = $1",
        job_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE job_rows SET username = NULL, email = NULL, external_key = NULL WHERE job_id = $1 AND outcome IS NULL",
        job_id,
    )
    .execute(&mut *conn)
    .await?;
    courses::cancel(conn, job_id).await?;
    let org = only(&job.orgs);
    let change = Change { action: "job.cancelled", target: &target(job_id), org, before: None, after: None };
    audit::record(conn, by, change).await?;
    Ok(true)
}

/// What a row asks.
enum Asked {
    /// Of somebody who cannot be known.
    Nothing,
    Enrolment(Admission),
    Fact(Recording),
}

/// The rows after `done`, up to `last`, that are to be done.
async fn rows(
    conn: &mut PgConnection,
    job_id: Uuid,
    done: i32,
    last: i32,
    key: Option<&ClaimKey>,
) -> Result<Vec<(i32, Asked)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT row_number, run_key, action AS "action!", user_id, username, email, external_key, fact
           FROM job_rows WHERE job_id = $1 AND row_number > $2 AND row_number <= $3 AND outcome IS NULL
           ORDER BY row_number"#,
        job_id,
        done,
        last,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let named = match (row.user_id, row.username, row.email, row.external_key) {
                (Some(id), ..) => Some(Named::UserId(parse_learner(id)?)),
                (_, Some(name), ..) => Some(Named::Username(name)),
                (_, _, Some(address), _) => Some(Named::Email(address)),
                (.., text) => text.map(Named::ExternalKey),
            };
            let Some(who) = named.and_then(|named| named.who(key)) else {
                return Ok((row.row_number, Asked::Nothing));
            };
            let asked = if let Some(fact) = row.fact {
                let fact = serde_json::from_value(fact).map_err(StoreError::corrupt("a fact"))?;
                // The same whoever does the row, and however often.
                let id = Uuid::new_v5(&job_id, &row.row_number.to_be_bytes());
                Asked::Fact(Recording { id, who, fact })
            } else {
                let run = RunKey::parse(row.run_key.as_deref().unwrap_or_default())
                    .map_err(StoreError::corrupt("a run key"))?;
                let wish = Wish::from_word(&row.action)
                    .ok_or_else(|| StoreError::corrupt("an action")(row.action))?;
                Asked::Enrolment(Admission { run, who, wish })
            };
            Ok((row.row_number, asked))
        })
        .collect()
}
