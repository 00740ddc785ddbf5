//! Paths, runs and revisions as administrators make them.

use lp_domain::{Definition, RunKey, RunPolicy};
use sqlx::PgConnection;

use crate::StoreError;

/// A path, as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The organisation, as in the keys of its runs.
    pub org: String,
    /// The number within the organisation, as in the keys of its runs.
    pub number: String,
    /// The title.
    pub title: String,
    /// All else that is shown: subtitle, description, level, ….
    pub details: serde_json::Value,
}

/// What putting a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The run was made, with revision 1.
    Run,
    /// The definition differs from the latest revision, so it became the next.
    Revision(u32),
    /// Only the policy changed.
    Policy,
    /// Nothing: all was so.
    Unchanged,
}

/// Makes a path, or brings it to this; says whether anything changed.
///
/// # Errors
/// When the database refuses.
pub async fn put_path(conn: &mut PgConnection, path: &Path) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "INSERT INTO paths AS p (org, number, title, details) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org, number) DO UPDATE SET
             title = excluded.title, details = excluded.details, updated_at = now()
         WHERE (p.title, p.details) IS DISTINCT FROM (excluded.title, excluded.details)",
        path.org,
        path.number,
        path.title,
        path.details,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected()
        > 0;
    if changed {
        raise_version(conn).await?;
    }
    Ok(changed)
}

/// Makes a run, or brings it to this; a changed definition becomes a new revision, as a published one never changes.
///
/// The path must be there. The definition must have passed [`Definition::check`]. Its learners are to be judged anew
/// afterwards, by [`crate::rejudge`]: when it follows its latest revision, or judges by another policy.
///
/// # Errors
/// When the database refuses; when the path is not there, as `RowNotFound`.
pub async fn put_run(
    conn: &mut PgConnection,
    key: &RunKey,
    org: &str,
    number: &str,
    policy: &RunPolicy,
    definition: &Definition,
) -> Result<Published, StoreError> {
    let policy = serde_json::to_value(policy).map_err(StoreError::corrupt("a policy"))?;
    // The lock on the run's row keeps two publishers apart.
    let before = sqlx::query!(
        "SELECT r.run_id, r.policy, r.latest_revision, v.digest
         FROM runs r JOIN revisions v ON v.run_id = r.run_id AND v.revision = r.latest_revision
         WHERE r.run_key = $1 FOR UPDATE OF r",
        key.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let digest = definition.digest();
    let (run_id, revision, published) = match before {
        None => {
            let run_id = sqlx::query_scalar!(
                "INSERT INTO runs (run_key, path_id, policy, latest_revision)
                 SELECT $1, path_id, $4, 1 FROM paths WHERE org = $2 AND number = $3
                 RETURNING run_id",
                key.as_str(),
                org,
                number,
                policy,
            )
            .fetch_one(&mut *conn)
            .await?;
            (run_id, Some(1), Published::Run)
        }
        Some(row) => {
            let revision = (row.digest != digest).then_some(row.latest_revision + 1);
            let published = match revision {
                Some(revision) => Published::Revision(revision.unsigned_abs()),
                None if row.policy != policy => Published::Policy,
                None => return Ok(Published::Unchanged),
            };
            sqlx::query!(
                "UPDATE runs SET policy = $2, latest_revision = $3, updated_at = now() WHERE run_id = $1",
                row.run_id,
                policy,
                revision.unwrap_or(row.latest_revision),
            )
            .execute(&mut *conn)
            .await?;
            (row.run_id, revision, published)
        }
    };
    if let Some(revision) = revision {
        sqlx::query!(
            "INSERT INTO revisions (run_id, revision, definition, digest) VALUES ($1, $2, $3, $4)",
            run_id,
            revision,
            serde_json::to_value(definition).map_err(StoreError::corrupt("a definition"))?,
            &digest,
        )
        .execute(&mut *conn)
        .await?;
    }
    raise_version(conn).await?;
    Ok(published)
}

/// Archives a run or restores it; says whether that changed anything. Its learners are judged on.
///
/// # Errors
/// When the database refuses.
pub async fn archive_run(conn: &mut PgConnection, key: &RunKey, archived: bool) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "UPDATE runs SET archived_at = CASE WHEN $2 THEN now() END, updated_at = now()
         WHERE run_key = $1 AND (archived_at IS NOT NULL) <> $2",
        key.as_str(),
        archived,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected()
        > 0;
    Ok(changed)
}

async fn raise_version(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("UPDATE catalogue_version SET version = version + 1").execute(conn).await?;
    Ok(())
}
