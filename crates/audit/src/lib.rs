#![doc = include_str!("../README.md")]

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
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

impl<'a> By<'a> {
    /// One of our own commands.
    #[must_use]
    pub fn command(name: &'a str) -> Self {
        Self { actor: name, request_id: None, reason: None }
    }
}

/// What is written down of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// `path.created`, `run.policy_changed`, ….
    pub action: &'static str,
    /// The key of what was changed.
    pub target: &'a str,
    /// The organisation that it belongs to, if any.
    pub org: Option<&'a str>,
    /// How it was; nothing for what was made.
    pub before: Option<Value>,
    /// How it is; nothing for what was removed.
    pub after: Option<Value>,
}

/// The longest value that is kept whole, in bytes of its JSON: a page of the log stays readable.
const MAX_VALUE_BYTES: usize = 64 << 10;

/// A value as the log keeps it: of a longer one what it takes to know it again.
fn kept(value: Option<Value>) -> Option<Value> {
    let text = value.as_ref().map(ToString::to_string).unwrap_or_default();
    if text.len() <= MAX_VALUE_BYTES {
        return value;
    }
    Some(json!({ "bytes": text.len(), "sha256": hex::encode(Sha256::digest(&text)) }))
}

/// Writes a change down.
///
/// # Errors
/// When the database refuses.
pub async fn record(conn: &mut PgConnection, by: &By<'_>, change: Change<'_>) -> sqlx::Result<()> {
    record_all(conn, by, vec![change]).await
}

/// Writes down changes that were made together, for the same reason.
///
/// # Errors
/// When the database refuses.
pub async fn record_all(conn: &mut PgConnection, by: &By<'_>, changes: Vec<Change<'_>>) -> sqlx::Result<()> {
    let (mut actions, mut targets, mut orgs, mut befores, mut afters) =
        (vec![], vec![], vec![], vec![], vec![]);
    for Change { action, target, org, before, after } in changes {
        actions.push(action.to_owned());
        targets.push(target.to_owned());
        orgs.push(org.map(ToOwned::to_owned));
        befores.push(kept(before));
        afters.push(kept(after));
    }
    sqlx::query!(
        "INSERT INTO audit_log (actor, action, target, org, before, after, request_id, reason)
         SELECT $1, action, target, org, before, after, $7, $8
         FROM unnest($2::text[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[]) WITH ORDINALITY
              AS c (action, target, org, before, after, place)
         ORDER BY place",
        by.actor,
        &actions,
        &targets,
        &orgs as &[Option<String>],
        &befores as &[Option<Value>],
        &afters as &[Option<Value>],
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
    /// How it was before; nothing for what was made. Of what is longer than 64 KiB its length and SHA-256.
    pub before: Option<Value>,
    /// How it is after, likewise; nothing for what was removed.
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
    let entries = sqlx::query_as!(
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
    .await?;
    Ok(entries)
}
