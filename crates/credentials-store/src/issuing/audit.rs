//! Who changed what: written in the transaction of the change, never without it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// Who changes something, and why. No names: learners and staff are LMS user ids here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By<'a> {
    /// `user:42`, `subject:…`, or a command of ours.
    pub actor: &'a str,
    /// The request, as it stands in logs and traces.
    pub request_id: Option<Uuid>,
    /// In the words of whoever did it.
    pub reason: Option<&'a str>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// What was done.
    pub action: &'a str,
    /// To what.
    pub target: &'a str,
    /// Of which organisation.
    pub org: Option<&'a str>,
    /// How it was; nothing for what was made.
    pub before: Option<Value>,
    /// How it is.
    pub after: Option<Value>,
}

/// Writes a change down.
///
/// # Errors
/// When the database refuses.
pub async fn record(conn: &mut PgConnection, by: &By<'_>, change: &Change<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit_log (actor, action, target, org, before, after, request_id, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        by.actor,
        change.action,
        change.target,
        change.org,
        change.before,
        change.after,
        by.request_id,
        by.reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number; later ones are greater.
    pub audit_id: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// Of which organisation.
    pub org: Option<String>,
    /// How it was before; nothing for what was made.
    pub before: Option<Value>,
    /// How it is after; nothing for what was removed.
    pub after: Option<Value>,
    /// By which request.
    pub request_id: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these organisations only; of all, and of none, when not given.
    pub orgs: Option<Vec<String>>,
    /// To this only.
    pub target: Option<String>,
    /// By this actor only.
    pub actor: Option<String>,
    /// Before this row only.
    pub before: Option<i64>,
}

/// The newest `limit` rows of these, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(conn: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        "SELECT audit_id, occurred_at, actor, action, target, org, before, after, request_id, reason FROM audit_log
         WHERE ($1::text[] IS NULL OR org = ANY($1)) AND ($2::text IS NULL OR target = $2)
             AND ($3::text IS NULL OR actor = $3) AND ($4::bigint IS NULL OR audit_id < $4)
         ORDER BY audit_id DESC LIMIT $5",
        filter.orgs.as_deref(),
        filter.target,
        filter.actor,
        filter.before,
        limit,
    )
    .fetch_all(conn)
    .await
}
