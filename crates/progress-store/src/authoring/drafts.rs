//! Drafts: what is to become a run's next revision.

use chrono::{DateTime, Utc};
use lp_domain::{Definition, RunKey};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{AuthoringError, revisions, runs};
use crate::audit::By;

/// A run's draft. It may still be wrong: [`Definition::read`] says how.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// As it was written.
    pub definition: Value,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// Another one after every change.
    pub version: i64,
}

/// A run's draft; `None` when it has none, or there is no such run.
///
/// # Errors
/// When the database refuses.
pub async fn get_draft(conn: &mut PgConnection, key: &RunKey) -> Result<Option<Draft>, AuthoringError> {
    Ok(sqlx::query_as!(
        Draft,
        "SELECT d.definition, d.updated_at, d.version FROM drafts d JOIN runs USING (run_id) WHERE run_key = $1",
        key.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}

/// Writes a run's draft, over the one of version `expected`, or as the first when that is `None`.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; [`AuthoringError::Stale`] when the draft is not as expected; when the database refuses.
pub async fn put_draft(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    definition: &Value,
    expected: Option<i64>,
) -> Result<Draft, AuthoringError> {
    let run = runs::lock(conn, key).await?;
    let before = expect(conn, key, expected).await?;
    let draft = sqlx::query_as!(
        Draft,
        "INSERT INTO drafts (run_id, definition) VALUES ($1, $2)
         ON CONFLICT (run_id) DO UPDATE SET
             definition = excluded.definition, version = nextval('edit_versions'), updated_at = now()
         RETURNING definition, updated_at, version",
        run.run_id,
        definition,
    )
    .fetch_one(&mut *conn)
    .await?;
    runs::record(conn, by, "draft.written", key, before.map(|was| was.definition), Some(definition.clone()))
        .await?;
    Ok(draft)
}

/// Throws a run's draft away.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; [`AuthoringError::Stale`] when there is no draft of this version; when the database refuses.
pub async fn delete_draft(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    expected: i64,
) -> Result<(), AuthoringError> {
    let run = runs::lock(conn, key).await?;
    let before = expect(conn, key, Some(expected)).await?;
    remove(conn, run.run_id).await?;
    runs::record(conn, by, "draft.deleted", key, before.map(|was| was.definition), None).await?;
    Ok(())
}

/// Makes a run's draft its next revision, and says its number.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; [`AuthoringError::Stale`] when there is no draft of this version; [`AuthoringError::NotPublishable`]
/// with all its problems; [`AuthoringError::NothingNew`] when it is what the latest revision is; when the database refuses.
pub async fn publish_draft(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    expected: i64,
) -> Result<u32, AuthoringError> {
    let run = runs::lock(conn, key).await?;
    let draft = expect(conn, key, Some(expected)).await?;
    let draft = draft.ok_or_else(|| AuthoringError::Stale(key.to_string()))?;
    let definition = Definition::read(draft.definition).map_err(AuthoringError::NotPublishable)?;
    let revision = revisions::publish(conn, &run, &definition).await?;
    let revision = revision.ok_or_else(|| AuthoringError::NothingNew(key.clone()))?;
    remove(conn, run.run_id).await?;
    runs::record(conn, by, "run.published", key, None, Some(json!({ "revision": revision }))).await?;
    Ok(revision)
}

async fn expect(
    conn: &mut PgConnection,
    key: &RunKey,
    expected: Option<i64>,
) -> Result<Option<Draft>, AuthoringError> {
    let draft = get_draft(conn, key).await?;
    if draft.as_ref().map(|draft| draft.version) == expected {
        Ok(draft)
    } else {
        Err(AuthoringError::Stale(key.to_string()))
    }
}

async fn remove(conn: &mut PgConnection, run_id: i64) -> Result<(), AuthoringError> {
    sqlx::query!("DELETE FROM drafts WHERE run_id = $1", run_id).execute(conn).await?;
    Ok(())
}
