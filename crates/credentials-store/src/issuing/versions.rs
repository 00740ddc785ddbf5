//! What issuers say of themselves and of their credentials, version by version.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::audit::{self, By, Change};

/// One version of what somebody said.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// From 1.
    pub version: i32,
    /// What.
    pub said: Value,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// An issuer's profile, the latest or of a version.
///
/// # Errors
/// When the database refuses.
pub async fn get_issuer(
    conn: &mut PgConnection,
    org: &str,
    version: Option<i32>,
) -> sqlx::Result<Option<Version>> {
    sqlx::query_as!(
        Version,
        "SELECT version, profile AS said, made_at FROM issuer_versions
         WHERE org = $1 AND ($2::integer IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        org,
        version,
    )
    .fetch_optional(conn)
    .await
}

/// A definition, the latest or of a version.
///
/// # Errors
/// When the database refuses.
pub async fn get_definition(
    conn: &mut PgConnection,
    subject: &str,
    version: Option<i32>,
) -> sqlx::Result<Option<Version>> {
    sqlx::query_as!(
        Version,
        "SELECT version, definition AS said, made_at FROM definition_versions
         WHERE subject = $1 AND ($2::integer IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        subject,
        version,
    )
    .fetch_optional(conn)
    .await
}

/// Says what holds of an issuer from now on; which version that is. The same again is the same version.
///
/// # Errors
/// When the database refuses.
pub async fn put_issuer(
    conn: &mut PgConnection,
    by: &By<'_>,
    org: &str,
    profile: &Value,
) -> sqlx::Result<Version> {
    let before = get_issuer(conn, org, None).await?;
    if let Some(same) = before.as_ref().filter(|before| before.said == *profile) {
        return Ok(same.clone());
    }
    let version = before.as_ref().map_or(1, |before| before.version + 1);
    let made_at = sqlx::query_scalar!(
        "INSERT INTO issuer_versions (org, version, profile, actor) VALUES ($1, $2, $3, $4) RETURNING made_at",
        org,
        version,
        profile,
        by.actor,
    )
    .fetch_one(&mut *conn)
    .await?;
    let (target, after) = (format!("issuer:{org}"), Some(profile.clone()));
    let before = before.map(|before| before.said);
    let change = Change { action: "issuer.put", target: &target, org: Some(org), before, after };
    audit::record(conn, by, change).await?;
    Ok(Version { version, said: profile.clone(), made_at })
}

/// Says what is issued from now on for a path, or a run; which version that is. The same again is the same version. Awards that
/// have no credential yet are looked at for it.
///
/// # Errors
/// When the database refuses.
pub async fn put_definition(
    conn: &mut PgConnection,
    by: &By<'_>,
    (org, subject): (&str, &str),
    definition: &Value,
) -> sqlx::Result<Version> {
    let before = get_definition(conn, subject, None).await?;
    if let Some(same) = before.as_ref().filter(|before| before.said == *definition) {
        return Ok(same.clone());
    }
    let version = before.as_ref().map_or(1, |before| before.version + 1);
    let made_at = sqlx::query_scalar!(
        "INSERT INTO definition_versions (subject, version, definition, actor) VALUES ($1, $2, $3, $4)
         RETURNING made_at",
        subject,
        version,
        definition,
        by.actor,
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO due_awards (completion_id)
         SELECT a.completion_id FROM awards a
         WHERE (a.run_key = $1 OR a.run_key LIKE $2)
             AND NOT EXISTS (SELECT FROM credentials c WHERE c.completion_id = a.completion_id)
         ON CONFLICT (completion_id) DO UPDATE SET due_at = now()",
        subject,
        runs_of(subject),
    )
    .execute(&mut *conn)
    .await?;
    let (target, after) = (format!("definition:{subject}"), Some(definition.clone()));
    let before = before.map(|before| before.said);
    let change = Change { action: "definition.put", target: &target, org: Some(org), before, after };
    audit::record(conn, by, change).await?;
    Ok(Version { version, said: definition.clone(), made_at })
}

/// How many awards of a path, or a run, stand and have no credential.
///
/// # Errors
/// When the database refuses.
pub async fn count_unissued(conn: &mut PgConnection, subject: &str) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM awards a LEFT JOIN award_terms t USING (completion_id)
           WHERE (a.run_key = $1 OR a.run_key LIKE $2) AND a.status = 'valid'
               AND coalesce(t.state, 'valid') IN ('valid', 'not_yet_valid')
               AND (t.expires_at IS NULL OR t.expires_at > statement_timestamp())
               AND NOT EXISTS (SELECT FROM credentials c WHERE c.completion_id = a.completion_id)
               AND NOT EXISTS (SELECT FROM award_holders h WHERE h.learner_id = a.learner_id AND h.retired_at IS NOT NULL)"#,
        subject,
        runs_of(subject),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// What the keys of a path's runs are like; of a run's key nothing is.
fn runs_of(subject: &str) -> String {
    let literal = subject.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("path-v1:{literal}+%")
}
