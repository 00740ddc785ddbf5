//! Awards that are to be looked at.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::credentials::{Credential, of_completions};
use super::keys::KeyState;
use crate::award::Award;
use crate::read;

/// An award to be looked at, with all that a credential is made of.
#[derive(Clone, PartialEq)]
pub struct Due {
    /// The award as it stands.
    pub award: Award,
    /// Who has it; nothing when their account is retired.
    pub holder: Option<Names>,
    /// What was issued for it, if anything.
    pub credential: Option<Credential>,
    /// Whether that is to be signed anew, as staff wish it, or as others may have the key.
    pub wants_signature: bool,
}

/// Without names.
impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due").field("award", &self.award.award_id).finish_non_exhaustive()
    }
}

/// What a learner is called; empty where no event knew it.
#[derive(Clone, PartialEq, Eq)]
pub struct Names {
    /// LMS username.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Name as on a certificate.
    pub name: String,
}

/// Without them.
impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

/// Wants these awards to be looked at; those that are not there yet come with their completions.
pub(crate) async fn want(conn: &mut PgConnection, completion_ids: &[Uuid]) -> sqlx::Result<()> {
    if completion_ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO due_awards (completion_id)
         SELECT completion_id FROM awards WHERE completion_id = ANY($1) ORDER BY completion_id
         ON CONFLICT (completion_id) DO UPDATE SET due_at = now()",
        completion_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Awards to be looked at.
    pub awards: bool,
    /// Lists to be signed.
    pub lists: bool,
}

/// Whether awards wait, and lists that changed before `changed_before`, or expire before `expires_before`.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(
    conn: &mut PgConnection,
    changed_before: DateTime<Utc>,
    expires_before: DateTime<Utc>,
) -> sqlx::Result<Waiting> {
    sqlx::query_as!(
        Waiting,
        r#"SELECT EXISTS (SELECT FROM due_awards WHERE due_at <= statement_timestamp()) AS "awards!",
               EXISTS (SELECT FROM status_lists WHERE changed_at <= $1 OR expires_at <= $2) AS "lists!""#,
        changed_before,
        expires_before,
    )
    .fetch_one(conn)
    .await
}

/// Up to `limit` awards that have waited longest, with their learners locked, to be looked at once: by whoever commits.
///
/// # Errors
/// When the database refuses.
pub async fn next_due(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Due>> {
    let waiting = sqlx::query_scalar!(
        "SELECT completion_id FROM due_awards WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT $1",
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    // The learners first, as whoever records events does.
    let holders = sqlx::query!(
        "SELECT learner_id, username, email, name, retired_at FROM award_holders
         WHERE learner_id IN (SELECT learner_id FROM awards WHERE completion_id = ANY($1))
         ORDER BY learner_id FOR UPDATE",
        &waiting,
    )
    .fetch_all(&mut *conn)
    .await?;
    let taken = sqlx::query_scalar!(
        "DELETE FROM due_awards WHERE completion_id = ANY($1) RETURNING completion_id",
        &waiting
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut names: HashMap<i64, Option<Names>> = HashMap::new();
    for row in holders {
        let known = Names { username: row.username, email: row.email, name: row.name };
        names.insert(row.learner_id, row.retired_at.is_none().then_some(known));
    }
    let issued = of_completions(conn, &taken).await?;
    let mut issued: HashMap<Uuid, Credential> =
        issued.into_iter().map(|one| (one.completion_id, one)).collect();
    let unsigned = sqlx::query_scalar!(
        "SELECT c.completion_id FROM credentials c
         JOIN credential_documents d USING (credential_id) JOIN signing_keys k USING (public_key)
         WHERE c.completion_id = ANY($1) AND (k.state = $2 OR d.signed_at = 'epoch')",
        &taken,
        KeyState::Compromised.word(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let awards = read::of_completions(conn, &taken).await?;
    let due = awards.into_iter().map(|award| {
        let unknown = Names { username: String::new(), email: String::new(), name: String::new() };
        Due {
            holder: names.get(&award.learner_id).cloned().unwrap_or(Some(unknown)),
            credential: issued.remove(&award.completion_id),
            wants_signature: unsigned.contains(&award.completion_id),
            award,
        }
    });
    Ok(due.collect())
}

/// Puts the award off that has waited longest: it cannot be looked at, and the others do not wait for it. Says which one.
///
/// # Errors
/// When the database refuses.
pub async fn put_off_first(conn: &mut PgConnection, until: DateTime<Utc>) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "UPDATE due_awards SET due_at = $1 WHERE completion_id = (
             SELECT completion_id FROM due_awards WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1
         ) RETURNING completion_id",
        until,
    )
    .fetch_optional(conn)
    .await
}
