//! A job and its rows, taken in.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Action, target};
use crate::by_hand::Gift;
use crate::issuing::audit::{self, By, Change};
use crate::issuing::credentials::CredentialStatus;

/// A job to be done, for the reason of whoever asks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id; later ones are greater.
    pub job_id: Uuid,
    /// What is to be done.
    pub action: Action,
    /// Whether only to say what would become of each row.
    pub dry_run: bool,
    /// The organisation of all its rows.
    pub org: String,
    /// By which the same request of the same actor is known, where it has one.
    pub idempotency_key: Option<String>,
    /// Of what was asked for.
    pub request_digest: Vec<u8>,
    /// To what or whom.
    pub rows: NewRows,
}

/// Rows of a job; their numbers are their places, from 1.
#[derive(Debug, Clone, PartialEq)]
pub enum NewRows {
    /// These credentials.
    Credentials(Vec<Uuid>),
    /// All credentials of a run that are there now, by id.
    Run {
        /// `path-v1:…`.
        run_key: String,
        /// Those that stand so only.
        status: Option<CredentialStatus>,
    },
    /// Awards that are given.
    Gifts(Vec<Gift>),
}

/// What became of a job that was to be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staged {
    /// It waits.
    Made(Uuid),
    /// The same was asked for before: this is it.
    Already(Uuid),
    /// Something else was asked for under the same idempotency key.
    OtherRequest,
    /// It has no row: roll back.
    Nothing,
}

/// Takes a job in, in the caller's transaction. Who asks under the same idempotency key waits until the first has committed.
///
/// # Errors
/// When the database refuses.
pub async fn create_job(conn: &mut PgConnection, by: &By<'_>, job: &NewJob) -> sqlx::Result<Staged> {
    let new = sqlx::query!(
        "INSERT INTO credential_jobs (job_id, action, dry_run, actor, request_id, reason, org, idempotency_key, request_digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ON CONSTRAINT credential_jobs_idempotency_key DO NOTHING",
        job.job_id,
        job.action.word(),
        job.dry_run,
        by.actor,
        by.request_id,
        by.reason.unwrap_or_default(),
        job.org,
        job.idempotency_key,
        job.request_digest,
    )
    .execute(&mut *conn)
    .await?;
    if new.rows_affected() == 0 {
        let before = sqlx::query!(
            "SELECT job_id, request_digest FROM credential_jobs WHERE actor = $1 AND idempotency_key = $2",
            by.actor,
            job.idempotency_key,
        )
        .fetch_one(conn)
        .await?;
        let is_same = before.request_digest == job.request_digest;
        return Ok(if is_same { Staged::Already(before.job_id) } else { Staged::OtherRequest });
    }
    let total = match &job.rows {
        NewRows::Credentials(ids) => of_credentials(conn, job.job_id, ids).await?,
        NewRows::Run { run_key, status } => of_run(conn, job.job_id, run_key, *status).await?,
        NewRows::Gifts(gifts) => of_gifts(conn, job.job_id, gifts).await?,
    };
    if total == 0 {
        return Ok(Staged::Nothing);
    }
    let total = i32::try_from(total).map_err(sqlx::Error::decode)?;
    sqlx::query!("UPDATE credential_jobs SET total_rows = $2 WHERE job_id = $1", job.job_id, total)
        .execute(&mut *conn)
        .await?;
    let after = Some(json!({ "action": job.action.word(), "rows": total, "dry_run": job.dry_run }));
    let target = target(job.job_id);
    let change = Change { action: "job.created", target: &target, org: Some(&job.org), before: None, after };
    audit::record(conn, by, change).await?;
    Ok(Staged::Made(job.job_id))
}

async fn of_credentials(conn: &mut PgConnection, job_id: Uuid, ids: &[Uuid]) -> sqlx::Result<u64> {
    let rows = sqlx::query!(
        "INSERT INTO credential_job_rows (job_id, row_number, credential_id)
         SELECT $1, row_number, credential_id FROM unnest($2::uuid[]) WITH ORDINALITY AS r (credential_id, row_number)",
        job_id,
        ids,
    );
    Ok(rows.execute(conn).await?.rows_affected())
}

async fn of_run(
    conn: &mut PgConnection,
    job_id: Uuid,
    run_key: &str,
    status: Option<CredentialStatus>,
) -> sqlx::Result<u64> {
    let rows = sqlx::query!(
        "INSERT INTO credential_job_rows (job_id, row_number, credential_id)
         SELECT $1, row_number() OVER (ORDER BY credential_id), credential_id FROM credentials
         WHERE run_key = $2 AND ($3::text IS NULL OR status = $3)",
        job_id,
        run_key,
        status.map(CredentialStatus::word),
    );
    Ok(rows.execute(conn).await?.rows_affected())
}

async fn of_gifts(conn: &mut PgConnection, job_id: Uuid, gifts: &[Gift]) -> sqlx::Result<u64> {
    let learners: Vec<i64> = gifts.iter().map(|gift| gift.learner_id).collect();
    let runs: Vec<String> = gifts.iter().map(|gift| gift.run_key.clone()).collect();
    let revisions: Vec<i32> = gifts.iter().map(|gift| gift.revision).collect();
    let dates: Vec<_> = gifts.iter().map(|gift| gift.awarded_at).collect();
    let grades: Vec<Option<f64>> = gifts.iter().map(|gift| gift.grade).collect();
    let rows = sqlx::query!(
        "INSERT INTO credential_job_rows (job_id, row_number, learner_id, run_key, revision, awarded_at, grade)
         SELECT $1, row_number, learner_id, run_key, revision, awarded_at, grade
         FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::timestamptz[], $6::double precision[])
              WITH ORDINALITY AS r (learner_id, run_key, revision, awarded_at, grade, row_number)",
        job_id,
        &learners,
        &runs,
        &revisions,
        &dates,
        &grades as &[Option<f64>],
    );
    Ok(rows.execute(conn).await?.rows_affected())
}

/// The organisations of these credentials; those that are not there have none.
///
/// # Errors
/// When the database refuses.
pub async fn orgs_of(conn: &mut PgConnection, credential_ids: &[Uuid]) -> sqlx::Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!(
        "SELECT credential_id, org FROM credentials WHERE credential_id = ANY($1)",
        credential_ids
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| (row.credential_id, row.org)).collect())
}
