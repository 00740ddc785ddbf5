//! Portions of jobs: which rows are next, and what became of them.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Action, target};
use crate::by_hand::{Gift, Wish};
use crate::issuing::audit::{self, By, Change};

/// Rows of a job that are to be done now. The job is held until the transaction ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// Of which job.
    pub job_id: Uuid,
    /// What its rows ask, in their order.
    pub asked: Asked,
    /// Whether only to say what would become of them.
    pub dry_run: bool,
    /// Who asked for it.
    pub actor: String,
    /// By which request.
    pub request_id: Option<Uuid>,
    /// Why.
    pub reason: String,
    first: i32,
    total: i32,
}

impl Portion {
    /// By whom its changes are made, and why.
    #[must_use]
    pub fn by(&self) -> By<'_> {
        By { actor: &self.actor, request_id: self.request_id, reason: Some(&self.reason) }
    }
}

/// What rows of a job ask.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Changes of these credentials.
    Changes(Wish, Vec<Uuid>),
    /// These awards.
    Gifts(Vec<Gift>),
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// `done`, `unchanged` or `refused`.
    pub word: &'static str,
    /// Why it was refused.
    pub detail: Option<String>,
    /// The award that was given.
    pub award_id: Option<Uuid>,
}

/// Up to `limit` rows of the job that has waited longest since its last turn; `None` when no job waits that nobody else is
/// just at. What becomes of them goes into the same transaction, by [`finish_portion`].
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn next_portion(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Option<Portion>> {
    let job = sqlx::query!(
        "SELECT job_id, action, dry_run, actor, request_id, reason, done_rows, total_rows FROM credential_jobs
         WHERE state IN ('waiting', 'running') ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(None) };
    let rows = sqlx::query!(
        "SELECT credential_id, learner_id, run_key, revision, awarded_at, grade FROM credential_job_rows
         WHERE job_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3",
        job.job_id,
        job.done_rows,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let nothing = || sqlx::Error::Decode("a row of a job does not ask what the job is for".into());
    let asked = match Action::from_word(&job.action)? {
        Action::Change(wish) => {
            let ids = rows.into_iter().map(|row| row.credential_id.ok_or_else(nothing));
            Asked::Changes(wish, ids.collect::<sqlx::Result<_>>()?)
        }
        Action::Issue => {
            let gifts = rows.into_iter().map(|row| {
                // The constraint credential_job_rows_wish_check says that they go together.
                let gift = row.learner_id.zip(row.run_key).zip(row.revision).zip(row.awarded_at);
                let (((learner_id, run_key), revision), awarded_at) = gift.ok_or_else(nothing)?;
                Ok(Gift { learner_id, run_key, revision, awarded_at, grade: row.grade })
            });
            Asked::Gifts(gifts.collect::<sqlx::Result<_>>()?)
        }
    };
    Ok(Some(Portion {
        asked,
        job_id: job.job_id,
        dry_run: job.dry_run,
        actor: job.actor,
        request_id: job.request_id,
        reason: job.reason,
        first: job.done_rows,
        total: job.total_rows,
    }))
}

/// Keeps what became of a portion, one outcome a row in their order, and ends the job with its last one.
///
/// # Errors
/// When the database refuses.
pub async fn finish_portion(
    conn: &mut PgConnection,
    portion: &Portion,
    outcomes: &[RowOutcome],
) -> sqlx::Result<()> {
    let words: Vec<String> = outcomes.iter().map(|outcome| outcome.word.to_owned()).collect();
    let details: Vec<Option<String>> = outcomes.iter().map(|outcome| outcome.detail.clone()).collect();
    let awards: Vec<Option<Uuid>> = outcomes.iter().map(|outcome| outcome.award_id).collect();
    let last = portion.first.saturating_add(i32::try_from(outcomes.len()).map_err(sqlx::Error::decode)?);
    sqlx::query!(
        "UPDATE credential_job_rows r SET outcome = n.outcome, detail = n.detail, award_id = n.award_id
         FROM unnest($2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY AS n (outcome, detail, award_id, place)
         WHERE r.job_id = $1 AND r.row_number = $5::integer + n.place AND r.row_number BETWEEN $5 + 1 AND $6",
        portion.job_id,
        &words,
        &details as &[Option<String>],
        &awards as &[Option<Uuid>],
        portion.first,
        last,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE credential_jobs SET done_rows = $2, turn_at = clock_timestamp(),
             state = CASE WHEN $3 THEN 'done' ELSE 'running' END, ended_at = CASE WHEN $3 THEN clock_timestamp() END
         WHERE job_id = $1",
        portion.job_id,
        last,
        last >= portion.total,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the job that has waited longest behind the others, after working on it failed: so that it holds up none of them.
///
/// # Errors
/// When the database refuses.
pub async fn postpone_job(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE credential_jobs SET turn_at = clock_timestamp() WHERE job_id = (
             SELECT job_id FROM credential_jobs WHERE state IN ('waiting', 'running')
             ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a job of these organisations; the rows done by then stay done. Says whether there is such a job; one that has ended
/// stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_job(
    conn: &mut PgConnection,
    by: &By<'_>,
    orgs: Option<&[String]>,
    job_id: Uuid,
) -> sqlx::Result<bool> {
    let job = sqlx::query!(
        "SELECT state, org FROM credential_jobs WHERE job_id = $2 AND ($1::text[] IS NULL OR org = ANY($1)) FOR UPDATE",
        orgs,
        job_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(false) };
    if matches!(job.state.as_str(), "waiting" | "running") {
        sqlx::query!(
            "UPDATE credential_jobs SET state = 'cancelled', ended_at = clock_timestamp() WHERE job_id = $1",
            job_id,
        )
        .execute(&mut *conn)
        .await?;
        let target = target(job_id);
        let change = Change {
            action: "job.cancelled",
            target: &target,
            org: Some(&job.org),
            before: None,
            after: None,
        };
        audit::record(conn, by, change).await?;
    }
    Ok(true)
}
