//! Runs that might be made, as courses of others were rerun.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, RunKey};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{AuthoringError, runs};
use crate::StoreError;
use crate::audit::By;
use crate::catalogue::Catalogue;
use crate::tellings::RerunTelling;

/// A run that might be made from another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The run that it would be made from.
    pub source: RunKey,
    /// A key that it might have.
    pub key: Option<RunKey>,
    /// Course runs of that one, and those that would take their place.
    pub replace: BTreeMap<ContextKey, ContextKey>,
    /// When the last of them was made.
    pub proposed_at: DateTime<Utc>,
}

/// Keeps, for every run that is open and points to another run of the same course, that there is a new one. The event names
/// only the new course run: organisation and number say which course it is of.
pub(crate) async fn propose(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    reruns: &[RerunTelling],
) -> Result<(), StoreError> {
    if reruns.is_empty() {
        return Ok(());
    }
    catalogue.refresh(conn).await?;
    for rerun in reruns {
        let Some((new, _)) = rerun.course.course_run() else { continue };
        for run in catalogue.runs().filter(|run| !run.archived) {
            let Some(latest) = run.definition(run.latest_revision) else { continue };
            if latest.contexts().any(|context| *context == rerun.course) {
                continue;
            }
            let is_of_it = |context: &&ContextKey| context.course_run().is_some_and(|(old, _)| old == new);
            let Some(replaced) = latest.contexts().find(is_of_it) else { continue };
            sqlx::query!(
                "INSERT INTO run_proposals AS p (run_id, replaced_key, context_key, event_id, proposed_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (run_id, replaced_key) DO UPDATE
                 SET context_key = excluded.context_key, event_id = excluded.event_id,
                     proposed_at = excluded.proposed_at, settled_at = NULL
                 WHERE (excluded.proposed_at, excluded.event_id) > (p.proposed_at, p.event_id)",
                run.run_id,
                replaced.as_str(),
                rerun.course.as_str(),
                rerun.id,
                rerun.at.get(),
            )
            .execute(&mut *conn)
            .await?;
        }
    }
    Ok(())
}

/// Up to `limit` proposals of these organisations, by the key of the run that they would be made from, after `after`.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn list_proposals(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Proposal>, AuthoringError> {
    let rows = sqlx::query!(
        r#"SELECT r.run_key, jsonb_object_agg(p.replaced_key, p.context_key)
                  AS "replace!: Json<BTreeMap<ContextKey, ContextKey>>",
               (array_agg(p.context_key ORDER BY p.proposed_at DESC))[1] AS "latest!", max(p.proposed_at) AS "proposed_at!"
           FROM run_proposals p JOIN runs r USING (run_id) JOIN paths USING (path_id)
           WHERE p.settled_at IS NULL AND r.archived_at IS NULL AND paths.archived_at IS NULL
               AND ($1::text[] IS NULL OR paths.org = ANY($1)) AND ($2::text IS NULL OR r.run_key > $2)
           GROUP BY r.run_key ORDER BY r.run_key LIMIT $3"#,
        orgs,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let proposals = rows.into_iter().map(|row| {
        let source = RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?;
        let latest = ContextKey::parse(&row.latest).map_err(StoreError::corrupt("a context's key"))?;
        let key = latest.course_run().and_then(|(_, run)| source.with_run(&run));
        Ok(Proposal { source, key, replace: row.replace.0, proposed_at: row.proposed_at })
    });
    Ok(proposals.collect::<Result<_, StoreError>>()?)
}

/// Says that nothing more is to be proposed for this run by what is proposed now; whether there was something.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; when the database refuses.
pub async fn dismiss_proposal(
    conn: &mut PgConnection,
    by: &By<'_>,
    run: &RunKey,
) -> Result<bool, AuthoringError> {
    runs::current(conn, run).await?;
    let settled = settle(conn, run, None).await?;
    if settled {
        runs::record(conn, by, "run.proposal_dismissed", run, None, None).await?;
    }
    Ok(settled)
}

/// Ends proposals of a run: of these contexts, or all of them.
pub(super) async fn settle(
    conn: &mut PgConnection,
    run: &RunKey,
    contexts: Option<&[String]>,
) -> Result<bool, StoreError> {
    let settled = sqlx::query!(
        "UPDATE run_proposals p SET settled_at = now() FROM runs r
         WHERE r.run_key = $1 AND p.run_id = r.run_id AND p.settled_at IS NULL
             AND ($2::text[] IS NULL OR p.context_key = ANY($2))",
        run.as_str(),
        contexts,
    )
    .execute(conn)
    .await?;
    Ok(settled.rows_affected() > 0)
}
