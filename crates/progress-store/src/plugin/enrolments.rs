//! Enrolments as the plugin counts them: one row a learner and run, in or out.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::StoreError;

/// A learner in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginEnrolment {
    /// LMS user id.
    pub learner_id: i64,
    /// The run, by the number that clients know.
    pub plugin_path_id: i64,
    /// Whether the learner is in.
    pub is_active: bool,
    /// When the learner was first in.
    pub created_at: DateTime<Utc>,
}

/// Enrolments in a run, of those who are in and of one learner or all, up to `limit`, by learner.
///
/// # Errors
/// When the database refuses.
pub async fn of_run(
    conn: &mut PgConnection,
    run_id: i64,
    learner: Option<i64>,
    active_only: bool,
    limit: i64,
) -> Result<Vec<PluginEnrolment>, StoreError> {
    Ok(sqlx::query_as!(
        PluginEnrolment,
        r#"SELECT e.learner_id, n.plugin_path_id, e.state = 'active' AS "is_active!",
               coalesce(
                   (SELECT min(opened_at) FROM enrolment_intervals i
                    WHERE i.learner_id = e.learner_id AND i.run_id = e.run_id),
                   e.attempt_started_at
               ) AS "created_at!"
           FROM enrolments e JOIN plugin_paths n USING (run_id)
           WHERE e.run_id = $1 AND ($2::bigint IS NULL OR e.learner_id = $2) AND (e.state = 'active' OR NOT $3)
           ORDER BY e.learner_id LIMIT $4"#,
        run_id,
        learner,
        active_only,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Up to `limit` enrolments after the first `offset`: of this learner, and of everybody in these organisations (`None`: in all).
///
/// # Errors
/// When the database refuses.
pub async fn list_enrolments(
    conn: &mut PgConnection,
    learner: Option<i64>,
    orgs: Option<&[String]>,
    limit: i64,
    offset: i64,
) -> Result<Vec<PluginEnrolment>, StoreError> {
    Ok(sqlx::query_as!(
        PluginEnrolment,
        r#"SELECT e.learner_id, n.plugin_path_id, e.state = 'active' AS "is_active!",
               coalesce(
                   (SELECT min(opened_at) FROM enrolment_intervals i
                    WHERE i.learner_id = e.learner_id AND i.run_id = e.run_id),
                   e.attempt_started_at
               ) AS "created_at!"
           FROM enrolments e JOIN plugin_paths n USING (run_id) JOIN runs r USING (run_id) JOIN paths p USING (path_id)
           WHERE $2::text[] IS NULL OR e.learner_id = $1 OR p.org = ANY($2)
           ORDER BY e.learner_id, n.plugin_path_id LIMIT $3 OFFSET $4"#,
        learner,
        orgs,
        limit,
        offset,
    )
    .fetch_all(conn)
    .await?)
}

/// How many there are of these.
///
/// # Errors
/// When the database refuses.
pub async fn count_enrolments(
    conn: &mut PgConnection,
    learner: Option<i64>,
    orgs: Option<&[String]>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
           FROM enrolments e JOIN plugin_paths n USING (run_id) JOIN runs r USING (run_id) JOIN paths p USING (path_id)
           WHERE $2::text[] IS NULL OR e.learner_id = $1 OR p.org = ANY($2)"#,
        learner,
        orgs,
    )
    .fetch_one(conn)
    .await?)
}
