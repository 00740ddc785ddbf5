//! Revisions, which never change.

use chrono::{DateTime, Utc};
use lp_domain::{Definition, RevisionPolicy, RunKey};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{AuthoringError, ManagedRun, raise_version, rejudgements};

/// One published revision of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number, from 1.
    pub revision: u32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// What it asks for.
    pub definition: Definition,
}

/// Makes this definition the next revision of a run that is locked, and says its number; `None` when the latest is the same.
/// The learners of a run that follows are judged anew by [`super::rejudge_next`].
pub(super) async fn publish(
    conn: &mut PgConnection,
    run: &ManagedRun,
    definition: &Definition,
) -> Result<Option<u32>, AuthoringError> {
    let digest = definition.digest();
    let latest = sqlx::query_scalar!(
        "SELECT digest FROM revisions WHERE run_id = $1 AND revision = $2",
        run.run_id,
        run.latest_revision.cast_signed(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    if latest.as_deref() == Some(&digest) {
        return Ok(None);
    }
    let revision = run.latest_revision + 1;
    sqlx::query!(
        "INSERT INTO revisions (run_id, revision, definition, digest) VALUES ($1, $2, $3, $4)",
        run.run_id,
        revision.cast_signed(),
        Json(definition) as _,
        &digest,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE runs SET latest_revision = $2, version = nextval('edit_versions'), updated_at = now() WHERE run_id = $1",
        run.run_id,
        revision.cast_signed(),
    )
    .execute(&mut *conn)
    .await?;
    raise_version(conn).await?;
    if revision > 1 && run.policy.revision == RevisionPolicy::Following {
        rejudgements::request(conn, run.run_id).await?;
    }
    Ok(Some(revision))
}

/// A run's revision; `None` when there is none of this number.
///
/// # Errors
/// When the database refuses.
pub async fn get_revision(
    conn: &mut PgConnection,
    key: &RunKey,
    revision: u32,
) -> Result<Option<Revision>, AuthoringError> {
    let Ok(number) = i32::try_from(revision) else { return Ok(None) };
    let row = sqlx::query!(
        r#"SELECT v.published_at, v.definition AS "definition: Json<Definition>"
           FROM revisions v JOIN runs USING (run_id) WHERE run_key = $1 AND revision = $2"#,
        key.as_str(),
        number,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Revision { revision, published_at: row.published_at, definition: row.definition.0 }))
}

/// Numbers and dates of up to `limit` revisions of a run before number `before`, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_revisions(
    conn: &mut PgConnection,
    key: &RunKey,
    before: Option<u32>,
    limit: i64,
) -> Result<Vec<(u32, DateTime<Utc>)>, AuthoringError> {
    let before = before.and_then(|before| i32::try_from(before).ok()).unwrap_or(i32::MAX);
    let rows = sqlx::query!(
        "SELECT revision, published_at FROM revisions JOIN runs USING (run_id)
         WHERE run_key = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3",
        key.as_str(),
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.revision.unsigned_abs(), row.published_at)).collect())
}
