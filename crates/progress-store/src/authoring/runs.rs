//! Path runs.

use chrono::{DateTime, Utc};
use lp_domain::{PathId, RunKey, RunPolicy, Schedule};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{AuthoringError, Selection, lock_catalogue, raise_version};
use crate::StoreError;
use crate::audit::{self, By, Change};

/// A run as those see it who manage it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedRun {
    /// Its key.
    pub key: RunKey,
    /// How it judges.
    pub policy: RunPolicy,
    /// Its dates.
    pub schedule: Schedule,
    /// The number of its latest revision; none is published yet when it is 0.
    pub latest_revision: u32,
    /// Since when it is not listed and open to no one new.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Another one after every change.
    pub version: i64,
    pub(super) run_id: i64,
}

/// A row of `runs`.
struct Row {
    run_id: i64,
    run_key: String,
    policy: Json<RunPolicy>,
    schedule: Json<Schedule>,
    latest_revision: i32,
    archived_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl TryFrom<Row> for ManagedRun {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            key: RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?,
            policy: row.policy.0,
            schedule: row.schedule.0,
            latest_revision: row.latest_revision.unsigned_abs(),
            archived_at: row.archived_at,
            updated_at: row.updated_at,
            version: row.version,
            run_id: row.run_id,
        })
    }
}

/// Makes a run, of which nothing is published yet, so that nobody sees it or is enrolled in it.
///
/// # Errors
/// [`AuthoringError::UnknownPath`]; [`AuthoringError::AlreadyThere`]; [`AuthoringError::WrongPolicy`]; when the database
/// refuses.
pub async fn create_run(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    policy: &RunPolicy,
) -> Result<ManagedRun, AuthoringError> {
    policy.check().map_err(AuthoringError::WrongPolicy)?;
    lock_catalogue(conn).await?;
    let path_id = sqlx::query_scalar!(
        "SELECT path_id FROM paths WHERE org = $1 AND number = $2",
        key.org(),
        key.number(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let path_id = path_id.ok_or_else(|| AuthoringError::UnknownPath(PathId::from(key)))?;
    let row = sqlx::query_as!(
        Row,
        r#"INSERT INTO runs (run_key, path_id, policy, latest_revision) VALUES ($1, $2, $3, 0)
           ON CONFLICT (run_key) DO NOTHING
           RETURNING run_id, run_key, policy AS "policy: Json<RunPolicy>", schedule AS "schedule: Json<Schedule>",
               latest_revision, archived_at, updated_at, version"#,
        key.as_str(),
        path_id,
        Json(policy) as _,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let made = row.ok_or_else(|| AuthoringError::AlreadyThere(key.to_string()))?.try_into()?;
    record(conn, by, "run.created", key, None, Some(json!({ "policy": policy }))).await?;
    Ok(made)
}

/// Archives a run or restores it. Archived, it is not listed and open to nobody new; its learners are judged on, and told of.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; when the database refuses.
pub async fn archive_run(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    archived: bool,
) -> Result<ManagedRun, AuthoringError> {
    let before = lock(conn, key).await?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    sqlx::query!(
        "UPDATE runs SET archived_at = CASE WHEN $2 THEN now() END, version = nextval('edit_versions'), updated_at = now()
         WHERE run_id = $1",
        before.run_id,
        archived,
    )
    .execute(&mut *conn)
    .await?;
    raise_version(conn).await?;
    let action = if archived { "run.archived" } else { "run.restored" };
    record(conn, by, action, key, None, None).await?;
    current(conn, key).await
}

/// A run; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_run(conn: &mut PgConnection, key: &RunKey) -> Result<Option<ManagedRun>, AuthoringError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT run_id, run_key, policy AS "policy: Json<RunPolicy>", schedule AS "schedule: Json<Schedule>",
               latest_revision, archived_at, updated_at, version
           FROM runs WHERE run_key = $1"#,
        key.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(ManagedRun::try_from).transpose()?)
}

/// Up to `limit` runs after the run `after`, of one path or of all, by key.
///
/// # Errors
/// When the database refuses.
pub async fn list_runs(
    conn: &mut PgConnection,
    selection: &Selection,
    of: Option<&PathId>,
    after: Option<&RunKey>,
    limit: i64,
) -> Result<Vec<ManagedRun>, AuthoringError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.run_id, r.run_key, r.policy AS "policy: Json<RunPolicy>", r.schedule AS "schedule: Json<Schedule>",
               r.latest_revision, r.archived_at, r.updated_at, r.version
           FROM runs r JOIN paths p USING (path_id)
           WHERE ($1::text[] IS NULL OR p.org = ANY($1))
               AND ($2::text IS NULL OR p.title ILIKE $2 OR r.run_key ILIKE $2)
               AND ($3::boolean IS NULL OR (r.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) = $3)
               AND ($4::text IS NULL OR (p.org = $4 AND p.number = $5))
               AND ($6::text IS NULL OR r.run_key > $6)
           ORDER BY r.run_key LIMIT $7"#,
        selection.orgs.as_deref(),
        selection.pattern(),
        selection.archived,
        of.map(PathId::org),
        of.map(PathId::number),
        after.map(RunKey::as_str),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ManagedRun::try_from).collect::<Result<_, _>>()?)
}

/// A run, kept from changes by others.
pub(super) async fn lock(conn: &mut PgConnection, key: &RunKey) -> Result<ManagedRun, AuthoringError> {
    lock_catalogue(conn).await?;
    current(conn, key).await
}

pub(super) async fn current(conn: &mut PgConnection, key: &RunKey) -> Result<ManagedRun, AuthoringError> {
    get_run(conn, key).await?.ok_or_else(|| AuthoringError::UnknownRun(key.clone()))
}

pub(super) async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    key: &RunKey,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), StoreError> {
    let target = format!("run:{key}");
    Ok(audit::record(conn, by, Change { action, target: &target, org: Some(key.org()), before, after })
        .await?)
}
