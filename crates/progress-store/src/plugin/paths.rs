//! Runs as the plugin's learning paths.

use chrono::{DateTime, Utc};
use lp_domain::{PathDetails, RunKey};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;

/// One run, as its numbers and its path's words have it.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginPath {
    /// The number that clients know it by.
    pub plugin_path_id: i64,
    /// The UUID that discovery knows it by.
    pub uuid: Uuid,
    /// Its number in our tables.
    pub run_id: i64,
    /// Its key.
    pub key: RunKey,
    /// Its path's title.
    pub title: String,
    /// What else is said of its path.
    pub details: PathDetails,
    /// Whether it is shown as one with an order, where somebody said so.
    pub sequential: Option<bool>,
    /// Shown, never judged by.
    pub required_completion: Option<f64>,
    /// Shown, never judged by.
    pub required_grade: Option<f64>,
    /// When the viewer was first enrolled in it, while the viewer is.
    pub enrolled_at: Option<DateTime<Utc>>,
    /// The revision under which the viewer is enrolled, while the viewer is.
    pub enrolled_under: Option<u32>,
}

/// Who looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// LMS user id.
    pub learner: Option<i64>,
    /// Sees what is of these organisations only; of all when not given.
    pub orgs: Option<Vec<String>>,
    /// Sees those too that not everybody finds, everywhere.
    pub sees_all: bool,
    /// The same in these organisations.
    pub sees_all_of: Vec<String>,
}

/// Which ones are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All.
    #[default]
    All,
    /// The one of this number.
    Number(i64),
    /// The one of this key; where there is none, the first that differs from it in case only.
    Key(&'a str),
}

impl<'a> Wanted<'a> {
    fn number(self) -> Option<i64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    fn key(self) -> Option<&'a str> {
        if let Self::Key(key) = self { Some(key) } else { None }
    }
}

/// A row of the query.
struct Row {
    plugin_path_id: i64,
    uuid: Uuid,
    run_id: i64,
    run_key: String,
    title: String,
    details: Json<PathDetails>,
    sequential: Option<bool>,
    required_completion: Option<f64>,
    required_grade: Option<f64>,
    enrolled_at: Option<DateTime<Utc>>,
    enrolled_under: Option<i32>,
}

impl TryFrom<Row> for PluginPath {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            plugin_path_id: row.plugin_path_id,
            uuid: row.uuid,
            run_id: row.run_id,
            key: RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?,
            title: row.title,
            details: row.details.0,
            sequential: row.sequential,
            required_completion: row.required_completion,
            required_grade: row.required_grade,
            enrolled_at: row.enrolled_at,
            enrolled_under: row.enrolled_under.map(i32::unsigned_abs),
        })
    }
}

/// Up to `limit` runs after the first `offset` that the viewer sees: the viewer's own first, the latest enrolment before the
/// others. Archived ones are seen by their learners only. Of keys that differ in case the one that was asked for comes first.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn list_paths(
    conn: &mut PgConnection,
    viewer: &Viewer,
    wanted: Wanted<'_>,
    limit: i64,
    offset: i64,
) -> Result<Vec<PluginPath>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT n.plugin_path_id, n.uuid, r.run_id, r.run_key, p.title, p.details AS "details: Json<PathDetails>",
               n.sequential, n.required_completion, n.required_grade,
               i.enrolled_at AS "enrolled_at?", e.revision AS "enrolled_under?"
           FROM plugin_paths n JOIN runs r USING (run_id) JOIN paths p USING (path_id)
           LEFT JOIN enrolments e ON e.learner_id = $1 AND e.run_id = r.run_id AND e.state = 'active'
           LEFT JOIN LATERAL (
               SELECT min(opened_at) AS enrolled_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
           ) i ON true
           WHERE r.latest_revision >= 1
               AND ($2::text[] IS NULL OR p.org = ANY($2))
               AND (e.state IS NOT NULL OR (
                   r.archived_at IS NULL AND p.archived_at IS NULL
                   AND ($3 OR p.org = ANY($4) OR (
                       (p.details ->> 'invite_only')::boolean IS NOT TRUE
                       AND p.details ->> 'visibility' IS DISTINCT FROM 'private'
                   ))
               ))
               AND ($5::bigint IS NULL OR n.plugin_path_id = $5)
               AND ($6::text IS NULL OR lower(r.run_key) = lower($6))
           ORDER BY r.run_key = $6 DESC, i.enrolled_at DESC NULLS LAST, n.plugin_path_id
           LIMIT $7 OFFSET $8"#,
        viewer.learner,
        viewer.orgs.as_deref(),
        viewer.sees_all,
        &viewer.sees_all_of,
        wanted.number(),
        wanted.key(),
        limit,
        offset,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(PluginPath::try_from).collect()
}

/// How many runs the viewer sees.
///
/// # Errors
/// When the database refuses.
pub async fn count_paths(conn: &mut PgConnection, viewer: &Viewer) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
           FROM plugin_paths n JOIN runs r USING (run_id) JOIN paths p USING (path_id)
           LEFT JOIN enrolments e ON e.learner_id = $1 AND e.run_id = r.run_id AND e.state = 'active'
           WHERE r.latest_revision >= 1
               AND ($2::text[] IS NULL OR p.org = ANY($2))
               AND (e.state IS NOT NULL OR (
                   r.archived_at IS NULL AND p.archived_at IS NULL
                   AND ($3 OR p.org = ANY($4) OR (
                       (p.details ->> 'invite_only')::boolean IS NOT TRUE
                       AND p.details ->> 'visibility' IS DISTINCT FROM 'private'
                   ))
               ))"#,
        viewer.learner,
        viewer.orgs.as_deref(),
        viewer.sees_all,
        &viewer.sees_all_of,
    )
    .fetch_one(conn)
    .await?)
}

/// Numbers published runs and named skills that have no number yet, in the order in which they were made. Several may do it at
/// once: each gets one number, and none gets another one later.
///
/// # Errors
/// When the database refuses.
pub async fn number_new(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO plugin_paths (run_id, created_at)
         SELECT r.run_id, v.published_at
         FROM runs r JOIN revisions v ON v.run_id = r.run_id AND v.revision = 1
         WHERE NOT EXISTS (SELECT FROM plugin_paths n WHERE n.run_id = r.run_id)
         ORDER BY r.run_id
         ON CONFLICT (run_id) DO NOTHING",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO plugin_skills (display_name)
         SELECT s.name
         FROM paths p, jsonb_array_elements_text(
             coalesce(p.details -> 'skills_required', '[]') || coalesce(p.details -> 'skills_acquired', '[]')
         ) WITH ORDINALITY AS s (name, place)
         WHERE NOT EXISTS (SELECT FROM plugin_skills k WHERE k.display_name = s.name)
         GROUP BY s.name
         ORDER BY min(p.path_id), min(s.place)
         ON CONFLICT (display_name) DO NOTHING",
    )
    .execute(conn)
    .await?;
    Ok(())
}
