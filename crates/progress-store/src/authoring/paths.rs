//! Learning paths.

use chrono::{DateTime, Utc};
use lp_domain::{PathDetails, PathId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{AuthoringError, Selection, lock_catalogue, raise_version};
use crate::StoreError;
use crate::audit::{self, By, Change};

/// A path, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// What it is known by.
    pub id: PathId,
    /// The title.
    pub title: String,
    /// All else that is shown.
    pub details: PathDetails,
}

/// A path as those see it who manage it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPath {
    /// What people see.
    pub path: Path,
    /// Since when it is not listed and open to no one new.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Another one after every change.
    pub version: i64,
}

/// A row of `paths`.
struct Row {
    org: String,
    number: String,
    title: String,
    details: Json<PathDetails>,
    archived_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl TryFrom<Row> for ManagedPath {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let id = PathId::new(&row.org, &row.number).map_err(StoreError::corrupt("a path's key"))?;
        Ok(Self {
            path: Path { id, title: row.title, details: row.details.0 },
            archived_at: row.archived_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// Makes a path.
///
/// # Errors
/// [`AuthoringError::AlreadyThere`]; when the database refuses.
pub async fn create_path(
    conn: &mut PgConnection,
    by: &By<'_>,
    path: &Path,
) -> Result<ManagedPath, AuthoringError> {
    lock_catalogue(conn).await?;
    let row = sqlx::query_as!(
        Row,
        r#"INSERT INTO paths (org, number, title, details) VALUES ($1, $2, $3, $4)
           ON CONFLICT (org, number) DO NOTHING
           RETURNING org, number, title, details AS "details: Json<PathDetails>", archived_at, updated_at, version"#,
        path.id.org(),
        path.id.number(),
        path.title,
        Json(&path.details) as _,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let made: ManagedPath =
        row.ok_or_else(|| AuthoringError::AlreadyThere(path.id.to_string()))?.try_into()?;
    raise_version(conn).await?;
    record(conn, by, "path.created", &path.id, None, Some(shown(&made.path)?)).await?;
    Ok(made)
}

/// Brings a path's title and details to these.
///
/// # Errors
/// [`AuthoringError::UnknownPath`]; [`AuthoringError::Stale`] when its version is not `expected`; when the database refuses.
pub async fn edit_path(
    conn: &mut PgConnection,
    by: &By<'_>,
    path: &Path,
    expected: i64,
) -> Result<ManagedPath, AuthoringError> {
    let before = lock(conn, &path.id).await?;
    if before.version != expected {
        return Err(AuthoringError::Stale(path.id.to_string()));
    }
    if before.path == *path {
        return Ok(before);
    }
    let row = sqlx::query_as!(
        Row,
        r#"UPDATE paths SET title = $3, details = $4, version = nextval('edit_versions'), updated_at = now()
           WHERE org = $1 AND number = $2
           RETURNING org, number, title, details AS "details: Json<PathDetails>", archived_at, updated_at, version"#,
        path.id.org(),
        path.id.number(),
        path.title,
        Json(&path.details) as _,
    )
    .fetch_one(&mut *conn)
    .await?;
    raise_version(conn).await?;
    let (was, is) = (shown(&before.path)?, shown(path)?);
    record(conn, by, "path.edited", &path.id, Some(was), Some(is)).await?;
    Ok(row.try_into()?)
}

/// Archives a path or restores it. Archived, neither it nor a run of it is listed or open to anybody new; its learners are
/// judged on, and told of.
///
/// # Errors
/// [`AuthoringError::UnknownPath`]; when the database refuses.
pub async fn archive_path(
    conn: &mut PgConnection,
    by: &By<'_>,
    id: &PathId,
    archived: bool,
) -> Result<ManagedPath, AuthoringError> {
    let before = lock(conn, id).await?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    let row = sqlx::query_as!(
        Row,
        r#"UPDATE paths SET archived_at = CASE WHEN $3 THEN now() END, version = nextval('edit_versions'),
               updated_at = now()
           WHERE org = $1 AND number = $2
           RETURNING org, number, title, details AS "details: Json<PathDetails>", archived_at, updated_at, version"#,
        id.org(),
        id.number(),
        archived,
    )
    .fetch_one(&mut *conn)
    .await?;
    raise_version(conn).await?;
    let action = if archived { "path.archived" } else { "path.restored" };
    record(conn, by, action, id, None, None).await?;
    Ok(row.try_into()?)
}

/// A path; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_path(conn: &mut PgConnection, id: &PathId) -> Result<Option<ManagedPath>, AuthoringError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT org, number, title, details AS "details: Json<PathDetails>", archived_at, updated_at, version
           FROM paths WHERE org = $1 AND number = $2"#,
        id.org(),
        id.number(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(ManagedPath::try_from).transpose()?)
}

/// Up to `limit` paths after the path `after`, by organisation and number.
///
/// # Errors
/// When the database refuses.
pub async fn list_paths(
    conn: &mut PgConnection,
    selection: &Selection,
    after: Option<&PathId>,
    limit: i64,
) -> Result<Vec<ManagedPath>, AuthoringError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT org, number, title, details AS "details: Json<PathDetails>", archived_at, updated_at, version
           FROM paths
           WHERE ($1::text[] IS NULL OR org = ANY($1))
               AND ($2::text IS NULL OR title ILIKE $2 OR number ILIKE $2)
               AND ($3::boolean IS NULL OR (archived_at IS NOT NULL) = $3)
               AND ($4::text IS NULL OR (org, number) > ($4, $5))
           ORDER BY org, number LIMIT $6"#,
        selection.orgs.as_deref(),
        selection.pattern(),
        selection.archived,
        after.map(PathId::org),
        after.map(PathId::number),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ManagedPath::try_from).collect::<Result<_, _>>()?)
}

async fn lock(conn: &mut PgConnection, id: &PathId) -> Result<ManagedPath, AuthoringError> {
    lock_catalogue(conn).await?;
    get_path(conn, id).await?.ok_or_else(|| AuthoringError::UnknownPath(id.clone()))
}

fn shown(path: &Path) -> Result<Value, AuthoringError> {
    let details = serde_json::to_value(&path.details).map_err(StoreError::corrupt("a path's details"))?;
    Ok(json!({ "title": path.title, "details": details }))
}

async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    id: &PathId,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), StoreError> {
    let target = format!("path:{id}");
    Ok(audit::record(conn, by, Change { action, target: &target, org: Some(id.org()), before, after })
        .await?)
}
