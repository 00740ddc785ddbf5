//! Contexts that are gone at their source. Nothing is judged otherwise for it: what was done there stays done, and whoever still
//! needs it sees why there is nothing to do.

use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, RunKey};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::AuthoringError;
use crate::StoreError;
use crate::audit::{self, By, Change};

/// A context that is gone, and whom that concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnavailableContext {
    /// Which.
    pub key: ContextKey,
    /// Why, in words for learners.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Runs whose latest revision has an item of it, by key.
    pub runs: Vec<ConcernedRun>,
}

/// A run with an item whose context is gone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConcernedRun {
    /// Which.
    pub run_key: RunKey,
    /// Learners in it who have achieved the item, here or in an equivalent context.
    pub have: i64,
    /// Learners in it who have not, and have not completed the run either.
    pub lack: i64,
}

/// Says that a context is gone. Said again with another reason, that one holds, since then.
///
/// # Errors
/// When the database refuses.
pub async fn set_unavailable(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &ContextKey,
    reason: &str,
) -> Result<(), AuthoringError> {
    let org = key.org();
    let said = sqlx::query!(
        "INSERT INTO unavailable_contexts AS u (context_key, org, reason) VALUES ($1, $2, $3)
         ON CONFLICT (context_key) DO UPDATE SET reason = excluded.reason, since = now()
         WHERE u.reason <> excluded.reason",
        key.as_str(),
        org,
        reason,
    )
    .execute(&mut *conn)
    .await?;
    if said.rows_affected() > 0 {
        record(conn, by, "context.unavailable", key, Some(json!({ "reason": reason }))).await?;
    }
    Ok(())
}

/// Says that a context is there again; whether it was gone.
///
/// # Errors
/// When the database refuses.
pub async fn set_available(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &ContextKey,
) -> Result<bool, AuthoringError> {
    let deleted = sqlx::query!("DELETE FROM unavailable_contexts WHERE context_key = $1", key.as_str())
        .execute(&mut *conn)
        .await?;
    let was_gone = deleted.rows_affected() > 0;
    if was_gone {
        record(conn, by, "context.available", key, None).await?;
    }
    Ok(was_gone)
}

async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    key: &ContextKey,
    after: Option<serde_json::Value>,
) -> Result<(), StoreError> {
    let (target, org) = (format!("context:{key}"), key.org());
    Ok(audit::record(conn, by, Change { action, target: &target, org: org.as_deref(), before: None, after })
        .await?)
}

/// Up to `limit` contexts that are gone, by key, after `after`: those of these organisations, and those that a run of theirs has an
/// item of; with such runs only.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn list_unavailable(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<UnavailableContext>, AuthoringError> {
    let rows = sqlx::query!(
        r#"SELECT u.context_key, u.reason, u.since, coalesce(c.runs, '[]') AS "runs!: Json<Vec<ConcernedRun>>"
           FROM unavailable_contexts u
           LEFT JOIN LATERAL (
               SELECT jsonb_agg(jsonb_build_object('run_key', n.run_key, 'have', n.have, 'lack', n.lack) ORDER BY n.run_key)
                   AS runs
               FROM (
                   SELECT r.run_key, count(*) FILTER (WHERE p.has) AS have,
                       count(*) FILTER (WHERE NOT p.has AND p.achievement < 2) AS lack
                   FROM runs r
                   JOIN paths USING (path_id)
                   JOIN revisions v ON v.run_id = r.run_id AND v.revision = r.latest_revision
                   CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'items') AS item
                   LEFT JOIN LATERAL (
                       SELECT p.achievement, EXISTS (
                           SELECT FROM json_array_elements(p.verdict -> 'items') AS judged
                           WHERE judged ->> 'id' = item ->> 'id' AND judged ->> 'achievement' = 'completed'
                       ) AS has
                       FROM enrolments e JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
                       WHERE e.run_id = r.run_id AND e.state IN ('active', 'suspended')
                   ) p ON true
                   WHERE item ->> 'key' = u.context_key AND ($1::text[] IS NULL OR paths.org = ANY($1))
                   GROUP BY r.run_key
               ) n
           ) c ON true
           WHERE ($1::text[] IS NULL OR u.org = ANY($1) OR c.runs IS NOT NULL)
               AND ($2::text IS NULL OR u.context_key > $2)
           ORDER BY u.context_key LIMIT $3"#,
        orgs,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let gone = rows.into_iter().map(|row| {
        let key = ContextKey::parse(&row.context_key).map_err(StoreError::corrupt("a context's key"))?;
        Ok(UnavailableContext { key, reason: row.reason, since: row.since, runs: row.runs.0 })
    });
    Ok(gone.collect::<Result<_, StoreError>>()?)
}
