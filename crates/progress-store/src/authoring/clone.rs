//! Runs made from others.

use std::collections::BTreeMap;

use lp_domain::{ContextKey, RunKey};
use sqlx::PgConnection;

use super::{AuthoringError, ManagedRun, create_run, get_revision, proposals, put_draft, runs};
use crate::StoreError;
use crate::audit::By;

/// Makes a run that judges as `source` does, with a draft of its latest revision in which contexts are replaced.
///
/// # Errors
/// [`AuthoringError::UnknownRun`], [`AuthoringError::NothingPublished`], [`AuthoringError::UnknownContexts`];
/// [`AuthoringError::UnknownPath`] and [`AuthoringError::AlreadyThere`] of the new run; when the database refuses.
pub async fn clone_run(
    conn: &mut PgConnection,
    by: &By<'_>,
    source: &RunKey,
    key: &RunKey,
    replace: &BTreeMap<ContextKey, ContextKey>,
) -> Result<ManagedRun, AuthoringError> {
    let of = runs::lock(conn, source).await?;
    let latest = get_revision(conn, source, of.latest_revision).await?;
    let mut definition = latest.ok_or_else(|| AuthoringError::NothingPublished(source.clone()))?.definition;
    let is_there = |old: &&ContextKey| definition.contexts().any(|context| context == *old);
    let unknown: Vec<ContextKey> = replace.keys().filter(|old| !is_there(old)).cloned().collect();
    if !unknown.is_empty() {
        return Err(AuthoringError::UnknownContexts(unknown));
    }
    for item in &mut definition.items {
        for context in std::iter::once(&mut item.key).chain(&mut item.equivalents) {
            if let Some(new) = replace.get(context) {
                *context = new.clone();
            }
        }
    }
    let draft = serde_json::to_value(definition).map_err(StoreError::corrupt("a definition"))?;
    let run = create_run(conn, by, key, &of.policy).await?;
    put_draft(conn, by, key, &draft, None).await?;
    let taken: Vec<String> = replace.values().map(ToString::to_string).collect();
    proposals::settle(conn, source, Some(&taken)).await?;
    Ok(run)
}
