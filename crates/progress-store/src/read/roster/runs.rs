//! Which runs a roster is about, and whether it may hold names.

use lp_domain::{PathId, RunKey, Schedule};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::NAMES_READER_ROLE;

/// A run whose learners are listed.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterRun {
    /// Its number.
    pub run_id: i64,
    /// `path-v1:…`.
    pub run_key: String,
    /// Its dates.
    pub schedule: Schedule,
}

/// A run; `None` when there is no such run.
///
/// # Errors
/// When the database cannot answer.
pub async fn roster_run(conn: &mut PgConnection, key: &RunKey) -> sqlx::Result<Option<RosterRun>> {
    let row = sqlx::query!(
        r#"SELECT run_id, run_key, schedule AS "schedule: Json<Schedule>" FROM runs WHERE run_key = $1"#,
        key.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| RosterRun { run_id: row.run_id, run_key: row.run_key, schedule: row.schedule.0 }))
}

/// All runs of a path, archived ones too, in the order of their numbers; `None` when there is no such path.
///
/// # Errors
/// When the database cannot answer.
pub async fn path_roster_runs(
    conn: &mut PgConnection,
    path: &PathId,
) -> sqlx::Result<Option<Vec<RosterRun>>> {
    let rows = sqlx::query!(
        r#"SELECT runs.run_id AS "run_id?", runs.run_key AS "run_key?", runs.schedule AS "schedule?: Json<Schedule>"
           FROM paths LEFT JOIN runs USING (path_id)
           WHERE org = $1 AND number = $2
           ORDER BY runs.run_id"#,
        path.org(),
        path.number(),
    )
    .fetch_all(conn)
    .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let runs = rows.into_iter().filter_map(|row| {
        Some(RosterRun { run_id: row.run_id?, run_key: row.run_key?, schedule: row.schedule?.0 })
    });
    Ok(Some(runs.collect()))
}

/// Whether whoever logged in may take the role [`NAMES_READER_ROLE`].
///
/// # Errors
/// When the database cannot answer.
pub async fn names_are_granted(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT COALESCE(pg_has_role(session_user, to_regrole($1), 'MEMBER'), false) AS "granted!""#,
        NAMES_READER_ROLE,
    )
    .fetch_one(conn)
    .await
}
