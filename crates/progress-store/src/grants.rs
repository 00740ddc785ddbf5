//! What LMS users may do beyond what their tokens say.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, By};
use crate::{StoreError, audit::Change};

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its number.
    pub grant_id: i64,
    /// LMS user id.
    pub user_id: i64,
    /// `path_manager`, `administrator`, `auditor`.
    pub role: String,
    /// The organisation that it holds in; everywhere when not given.
    pub org: Option<String>,
    /// Since when.
    pub granted_at: DateTime<Utc>,
}

/// Grants a role, or finds it granted.
///
/// # Errors
/// When the database refuses.
pub async fn grant(
    conn: &mut PgConnection,
    by: &By<'_>,
    user_id: i64,
    role: &str,
    org: Option<&str>,
) -> Result<Grant, StoreError> {
    let new = sqlx::query_as!(
        Grant,
        "INSERT INTO grants (user_id, role, org) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT grants_user_id_role_org_key DO NOTHING
         RETURNING grant_id, user_id, role, org, granted_at",
        user_id,
        role,
        org,
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(grant) = new {
        record(conn, by, "grant.created", &grant).await?;
        return Ok(grant);
    }
    Ok(sqlx::query_as!(
        Grant,
        "SELECT grant_id, user_id, role, org, granted_at FROM grants
         WHERE user_id = $1 AND role = $2 AND org IS NOT DISTINCT FROM $3",
        user_id,
        role,
        org,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes a grant back; says whether it was there.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(conn: &mut PgConnection, by: &By<'_>, grant_id: i64) -> Result<bool, StoreError> {
    let gone = sqlx::query_as!(
        Grant,
        "DELETE FROM grants WHERE grant_id = $1 RETURNING grant_id, user_id, role, org, granted_at",
        grant_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(grant) = gone else { return Ok(false) };
    record(conn, by, "grant.revoked", &grant).await?;
    Ok(true)
}

async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    grant: &Grant,
) -> Result<(), StoreError> {
    let Grant { grant_id, user_id, role, org, .. } = grant;
    let body = Some(json!({ "grant_id": grant_id, "user_id": user_id, "role": role, "org": org }));
    let (before, after) = if action == "grant.created" { (None, body) } else { (body, None) };
    let target = format!("user:{user_id}");
    Ok(audit::record(conn, by, Change { action, target: &target, org: org.as_deref(), before, after })
        .await?)
}

/// Up to `limit` grants after the grant `after`, of one user or of all, by number.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    conn: &mut PgConnection,
    user_id: Option<i64>,
    after: i64,
    limit: i64,
) -> Result<Vec<Grant>, StoreError> {
    Ok(sqlx::query_as!(
        Grant,
        "SELECT grant_id, user_id, role, org, granted_at FROM grants
         WHERE ($1::bigint IS NULL OR user_id = $1) AND grant_id > $2 ORDER BY grant_id LIMIT $3",
        user_id,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
