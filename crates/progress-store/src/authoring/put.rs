//! Paths and runs brought to a state that somebody keeps elsewhere, as the import file does.

use lp_domain::{Definition, RunKey, RunPolicy};
use serde_json::json;
use sqlx::PgConnection;

use super::{AuthoringError, Path, create_path, create_run, edit_path, get_path, revisions, rules, runs};
use crate::audit::By;

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
pub async fn put_path(conn: &mut PgConnection, by: &By<'_>, path: &Path) -> Result<bool, AuthoringError> {
    match get_path(conn, &path.id).await? {
        None => create_path(conn, by, path).await.map(|_| true),
        Some(known) => {
            let version = edit_path(conn, by, path, known.version).await?.version;
            Ok(version != known.version)
        }
    }
}

/// Makes a run, or brings it to this; a changed definition becomes a new revision, as a published one never changes. Its
/// learners are judged anew by [`super::rejudge_next`] when they are judged by another rule than before.
///
/// # Errors
/// [`AuthoringError::UnknownPath`]; [`AuthoringError::NotPublishable`]; when the database refuses.
pub async fn put_run(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    policy: &RunPolicy,
    definition: &Definition,
) -> Result<Published, AuthoringError> {
    definition.check().map_err(AuthoringError::NotPublishable)?;
    let known = match runs::lock(conn, key).await {
        Ok(known) => known,
        Err(AuthoringError::UnknownRun(_)) => create_run(conn, by, key, policy).await?,
        Err(error) => return Err(error),
    };
    let new_policy = known.policy != *policy;
    if new_policy {
        rules::set_policy(conn, by, &known, policy).await?;
    }
    let run = super::ManagedRun { policy: policy.clone(), ..known };
    let revision = revisions::publish(conn, &run, definition).await?;
    if let Some(revision) = revision {
        runs::record(conn, by, "run.published", key, None, Some(json!({ "revision": revision }))).await?;
    }
    Ok(match revision {
        Some(1) => Published::Run,
        Some(revision) => Published::Revision(revision),
        None if new_policy => Published::Policy,
        None => Published::Unchanged,
    })
}
