//! What the plugin's own tables said, kept as its clients know it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;

/// What a run was in the plugin's tables.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptPath {
    /// The number that clients know it by.
    pub plugin_path_id: i64,
    /// The UUID that discovery knows it by.
    pub uuid: Uuid,
    /// Whether it was shown as one with an order.
    pub sequential: bool,
    /// Shown, never judged by; none where there was no row of criteria.
    pub required_completion: Option<f64>,
    /// Likewise.
    pub required_grade: Option<f64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What became of a number, or of a name, that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept from now on.
    New,
    /// It was so already.
    Already,
    /// Something else has it, or it has another.
    Taken,
}

/// Has clients know a run by what the plugin called it.
///
/// # Errors
/// [`StoreError::UnknownRun`]; when the database refuses.
pub async fn keep_path(conn: &mut PgConnection, run: &RunKey, path: &KeptPath) -> Result<Kept, StoreError> {
    let run_id = sqlx::query_scalar!("SELECT run_id FROM runs WHERE run_key = $1", run.as_str())
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| StoreError::UnknownRun(run.clone()))?;
    let new = sqlx::query!(
        "INSERT INTO plugin_paths
             (plugin_path_id, run_id, uuid, sequential, required_completion, required_grade, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING",
        path.plugin_path_id,
        run_id,
        path.uuid,
        path.sequential,
        path.required_completion,
        path.required_grade,
        path.created_at,
    )
    .execute(&mut *conn)
    .await?;
    if new.rows_affected() > 0 {
        return Ok(Kept::New);
    }
    let same = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM plugin_paths WHERE plugin_path_id = $1 AND run_id = $2 AND uuid = $3
           ) AS "same!""#,
        path.plugin_path_id,
        run_id,
        path.uuid,
    )
    .fetch_one(conn)
    .await?;
    Ok(if same { Kept::Already } else { Kept::Taken })
}

/// Has clients know a skill by its number in the plugin's tables.
///
/// # Errors
/// When the database refuses.
pub async fn keep_skill(conn: &mut PgConnection, id: i64, name: &str) -> Result<Kept, StoreError> {
    let new = sqlx::query!(
        "INSERT INTO plugin_skills (plugin_skill_id, display_name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        id,
        name,
    )
    .execute(&mut *conn)
    .await?;
    if new.rows_affected() > 0 {
        return Ok(Kept::New);
    }
    let same = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM plugin_skills WHERE plugin_skill_id = $1 AND display_name = $2) AS "same!""#,
        id,
        name,
    )
    .fetch_one(conn)
    .await?;
    Ok(if same { Kept::Already } else { Kept::Taken })
}

/// Has numbers that are drawn from now on come after all that are kept.
///
/// # Errors
/// When the database refuses.
pub async fn draw_after_kept(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "SELECT setval('plugin_paths_plugin_path_id_seq', greatest(
                    (SELECT max(plugin_path_id) FROM plugin_paths),
                    (SELECT last_value FROM plugin_paths_plugin_path_id_seq))) AS paths,
                setval('plugin_skills_plugin_skill_id_seq', greatest(
                    (SELECT max(plugin_skill_id) FROM plugin_skills),
                    (SELECT last_value FROM plugin_skills_plugin_skill_id_seq))) AS skills"
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// When each of these learners came into a run and left it, in order.
///
/// # Errors
/// When the database refuses.
pub async fn intervals(
    conn: &mut PgConnection,
    run: &RunKey,
    learners: &[i64],
) -> Result<HashMap<i64, Vec<DateTime<Utc>>>, StoreError> {
    let rows = sqlx::query!(
        "SELECT i.learner_id, i.opened_at, i.closed_at
         FROM enrolment_intervals i JOIN runs USING (run_id)
         WHERE runs.run_key = $1 AND i.learner_id = ANY($2)
         ORDER BY i.learner_id, i.opened_at",
        run.as_str(),
        learners,
    )
    .fetch_all(conn)
    .await?;
    let mut all: HashMap<i64, Vec<DateTime<Utc>>> = HashMap::new();
    for row in rows {
        let of_learner = all.entry(row.learner_id).or_default();
        of_learner.push(row.opened_at);
        of_learner.extend(row.closed_at);
    }
    Ok(all)
}
