//! Jobs and their rows, as those see them who may see awards.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Action, CANCELLED};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Nothing was done yet.
    Waiting,
    /// Some rows are done.
    Running,
    /// All rows are done.
    Done,
    /// Somebody ended it; the rows done by then stay done.
    Cancelled,
}

impl JobState {
    fn from_word(word: &str) -> sqlx::Result<Self> {
        match word {
            "waiting" => Ok(Self::Waiting),
            "running" => Ok(Self::Running),
            "done" => Ok(Self::Done),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(sqlx::Error::Decode(format!("{word} is no state of a job").into())),
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id; later ones are greater.
    pub job_id: Uuid,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub state: JobState,
    /// Whether it only says what would become of each row.
    pub dry_run: bool,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The organisation of all its rows.
    pub org: String,
    /// How many rows it has.
    pub total_rows: u32,
    /// How many are done.
    pub done_rows: u32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How many rows had each outcome.
pub type Outcomes = Vec<(String, i64)>;

/// A row that is done, or was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its place among the rows, from 1.
    pub row_number: u32,
    /// What became of it: `done`, `unchanged`, `refused` or `cancelled`.
    pub outcome: String,
    /// Why it was refused.
    pub detail: Option<String>,
    /// The credential that was to be changed.
    pub credential_id: Option<Uuid>,
    /// Who was to be given an award.
    pub learner_id: Option<i64>,
    /// Of which run.
    pub run_key: Option<String>,
    /// The award that was given.
    pub award_id: Option<Uuid>,
}

/// A row of `credential_jobs`.
struct Row {
    job_id: Uuid,
    action: String,
    state: String,
    dry_run: bool,
    actor: String,
    reason: String,
    org: String,
    total_rows: i32,
    done_rows: i32,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Job {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            job_id: row.job_id,
            action: Action::from_word(&row.action)?,
            state: JobState::from_word(&row.state)?,
            dry_run: row.dry_run,
            actor: row.actor,
            reason: row.reason,
            org: row.org,
            total_rows: row.total_rows.unsigned_abs(),
            done_rows: row.done_rows.unsigned_abs(),
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

/// Up to `limit` jobs of these organisations before `before`, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_jobs(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Job>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT job_id, action, state, dry_run, actor, reason, org, total_rows, done_rows, created_at, ended_at
         FROM credential_jobs
         WHERE ($1::text[] IS NULL OR org = ANY($1)) AND ($2::uuid IS NULL OR job_id < $2)
         ORDER BY job_id DESC LIMIT $3",
        orgs,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Job::try_from).collect()
}

/// A job of one of these organisations; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_job(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    job_id: Uuid,
) -> sqlx::Result<Option<Job>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT job_id, action, state, dry_run, actor, reason, org, total_rows, done_rows, created_at, ended_at
         FROM credential_jobs WHERE job_id = $2 AND ($1::text[] IS NULL OR org = ANY($1))",
        orgs,
        job_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(Job::try_from).transpose()
}

/// How many rows of a job had each outcome by now. It reads all of them.
///
/// # Errors
/// When the database refuses.
pub async fn outcomes(conn: &mut PgConnection, job_id: Uuid) -> sqlx::Result<Outcomes> {
    let outcomes = sqlx::query!(
        r#"SELECT outcome AS "outcome!", count(*) AS "rows!" FROM credential_job_rows
           WHERE job_id = $1 AND outcome IS NOT NULL GROUP BY outcome ORDER BY outcome"#,
        job_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(outcomes.into_iter().map(|row| (row.outcome, row.rows)).collect())
}

/// Up to `limit` rows of a job after `after` that are done or were cancelled, of one outcome or of all, in their order.
///
/// # Errors
/// When the database refuses.
pub async fn job_rows(
    conn: &mut PgConnection,
    job_id: Uuid,
    outcome: Option<&str>,
    after: u32,
    limit: i64,
) -> sqlx::Result<Vec<JobRow>> {
    let rows = sqlx::query!(
        r#"SELECT row_number, coalesce(outcome, $5) AS "outcome!", detail, credential_id, learner_id, run_key, award_id
           FROM credential_job_rows JOIN credential_jobs USING (job_id)
           WHERE job_id = $1 AND (outcome IS NOT NULL OR state = 'cancelled') AND row_number > $3
               AND ($2::text IS NULL OR coalesce(outcome, $5) = $2)
           ORDER BY row_number LIMIT $4"#,
        job_id,
        outcome,
        after.cast_signed(),
        limit,
        CANCELLED,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| JobRow {
        row_number: row.row_number.unsigned_abs(),
        outcome: row.outcome,
        detail: row.detail,
        credential_id: row.credential_id,
        learner_id: row.learner_id,
        run_key: row.run_key,
        award_id: row.award_id,
    });
    Ok(rows.collect())
}
