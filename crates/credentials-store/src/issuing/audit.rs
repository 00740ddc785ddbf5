//! Who changed what: written in the transaction of the change, never without it.

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
