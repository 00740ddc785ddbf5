//! Requests that are answered once however often they are sent.

use chrono::TimeDelta;
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// What is known of a request with an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Never seen: do it, then [`keep`] the answer in the same transaction.
    New,
    /// It was done, with this answer.
    Done(Value),
    /// The key was used for another request.
    OtherRequest,
}

/// Claims a key. Who comes second waits until the first has committed or given up.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    conn: &mut PgConnection,
    actor: &str,
    key: &str,
    request_digest: &[u8],
) -> Result<Claim, StoreError> {
    let new = sqlx::query!(
        "INSERT INTO idempotency_keys (actor, key, request_digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        actor,
        key,
        request_digest,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if new > 0 {
        return Ok(Claim::New);
    }
    let known = sqlx::query!(
        "SELECT request_digest, answer FROM idempotency_keys WHERE actor = $1 AND key = $2",
        actor,
        key,
    )
    .fetch_optional(conn)
    .await?;
    Ok(match known {
        Some(known) if known.request_digest == request_digest => {
            known.answer.map_or(Claim::OtherRequest, Claim::Done)
        }
        Some(_) => Claim::OtherRequest,
        // Swept between the two statements.
        None => Claim::New,
    })
}

/// Keeps the answer to a claimed request.
///
/// # Errors
/// When the database refuses.
pub async fn keep(conn: &mut PgConnection, actor: &str, key: &str, answer: &Value) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE idempotency_keys SET answer = $3 WHERE actor = $1 AND key = $2",
        actor,
        key,
        answer,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets answers older than this.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(conn: &mut PgConnection, older_than: TimeDelta) -> Result<u64, StoreError> {
    let seconds = older_than.as_seconds_f64();
    let swept = sqlx::query!(
        "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(secs => $1)",
        seconds,
    )
    .execute(conn)
    .await?;
    Ok(swept.rows_affected())
}
