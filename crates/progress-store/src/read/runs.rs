//! The runs that learners can be enrolled in.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// One run with its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// `path-v1:…`.
    pub run_key: String,
    /// The path's organisation.
    pub org: String,
    /// The path's number within the organisation.
    pub number: String,
    /// The path's title.
    pub title: String,
    /// What else is said of the path: an object of texts and lists of texts.
    pub details: serde_json::Value,
    /// Number of the latest published revision, from 1.
    pub latest_revision: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

/// Up to `limit` runs that everybody may find, with keys after `after`, in the order of their keys (byte by byte): neither
/// archived ones nor those of private paths; of these organisations, or of all.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_runs(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    after: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<Run>> {
    sqlx::query_as!(
        Run,
        r#"SELECT runs.run_key, paths.org, paths.number, paths.title, paths.details, runs.latest_revision,
                  revisions.published_at
           FROM runs
           JOIN paths USING (path_id)
           JOIN revisions ON revisions.run_id = runs.run_id AND revisions.revision = runs.latest_revision
           WHERE runs.archived_at IS NULL AND paths.archived_at IS NULL
               AND paths.details ->> 'visibility' IS DISTINCT FROM 'private'
               AND ($1::text[] IS NULL OR paths.org = ANY($1))
               AND ($2::text IS NULL OR runs.run_key COLLATE "C" > $2)
           ORDER BY runs.run_key COLLATE "C"
           LIMIT $3"#,
        orgs,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
