//! Jobs and their rows, as those see them who manage runs.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::CANCELLED;
use crate::{StoreError, states};

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
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "waiting" => Some(Self::Waiting),
            "running" => Some(Self::Running),
            "done" => Some(Self::Done),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id; later ones are greater.
    pub job_id: Uuid,
    /// Where it stands.
    pub state: JobState,
    /// Whether it only says what would become of each row.
    pub dry_run: bool,
    /// Whether it enrols learners in the courses of their runs too.
    pub into_courses: bool,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// The organisations that it concerns.
    pub orgs: Vec<String>,
    /// How many rows it has.
    pub total_rows: u32,
    /// How many are done.
    pub done_rows: u32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How many rows, or learners and courses, had each outcome.
pub type Outcomes = Vec<(String, i64)>;

/// A row that is done, or was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its place among the rows, from 1.
    pub row_number: u32,
    /// What became of it, as a word.
    pub outcome: String,
    /// What more there is to say.
    pub detail: Option<String>,
    /// The run.
    pub run_key: Option<String>,
    /// What a fact is about.
    pub context_key: Option<String>,
    /// What was asked.
    pub action: Option<String>,
    /// The learner, once known.
    pub learner_id: Option<i64>,
    /// The invitation of somebody without an account.
    pub invitation_id: Option<Uuid>,
}

/// A row of `jobs`.
struct Row {
    job_id: Uuid,
    state: String,
    dry_run: bool,
    into_courses: bool,
    actor: String,
    reason: Option<String>,
    orgs: Vec<String>,
    total_rows: i32,
    done_rows: i32,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Job {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            job_id: row.job_id,
            state: JobState::from_word(&row.state).ok_or_else(|| states::unknown("a job", &row.state))?,
            dry_run: row.dry_run,
            into_courses: row.into_courses,
            actor: row.actor,
            reason: row.reason,
            orgs: row.orgs,
            total_rows: row.total_rows.unsigned_abs(),
            done_rows: row.done_rows.unsigned_abs(),
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

/// Up to `limit` jobs before `before`, the latest first, that concern these organisations only.
///
/// # Errors
/// When the database refuses.
pub async fn list_jobs(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT job_id, state, dry_run, into_courses, actor, reason, orgs, total_rows, done_rows, created_at, ended_at FROM jobs
         WHERE ($1::text[] IS NULL OR orgs <@ $1) AND ($2::uuid IS NULL OR job_id < $2)
         ORDER BY job_id DESC LIMIT $3",
        orgs,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Job::try_from).collect()
}

/// A job that concerns these organisations only; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_job(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    job_id: Uuid,
) -> Result<Option<Job>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT job_id, state, dry_run, into_courses, actor, reason, orgs, total_rows, done_rows, created_at, ended_at FROM jobs
         WHERE job_id = $2 AND ($1::text[] IS NULL OR orgs <@ $1)",
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
pub async fn outcomes(conn: &mut PgConnection, job_id: Uuid) -> Result<Outcomes, StoreError> {
    let outcomes = sqlx::query!(
        r#"SELECT outcome AS "outcome!", count(*) AS "rows!" FROM job_rows
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
) -> Result<Vec<JobRow>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT row_number, coalesce(outcome, $5) AS "outcome!", detail, run_key, fact->>'context_key' AS context_key,
                  action, learner_id, invitation_id
           FROM job_rows JOIN jobs USING (job_id)
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
        run_key: row.run_key,
        context_key: row.context_key,
        action: row.action,
        learner_id: row.learner_id,
        invitation_id: row.invitation_id,
    });
    Ok(rows.collect())
}
