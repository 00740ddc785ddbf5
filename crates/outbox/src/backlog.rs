use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

/// What waits in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Rows, parked ones included.
    pub depth: u64,
    /// For how long the oldest row that is not parked has waited.
    pub oldest_age: Duration,
    /// Rows that could not be published and wait for somebody.
    pub parked: u64,
}

/// Measures what waits in the outbox.
///
/// # Errors
/// When the database refuses.
pub async fn backlog(conn: &mut PgConnection) -> sqlx::Result<Backlog> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "depth!",
                  count(parked_at) AS "parked!",
                  COALESCE(EXTRACT(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0)::float8
                      AS "oldest_age_seconds!"
           FROM outbox"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(Backlog {
        depth: row.depth.unsigned_abs(),
        oldest_age: Duration::from_secs_f64(row.oldest_age_seconds.max(0.0)),
        parked: row.parked.unsigned_abs(),
    })
}

/// Lets the relay try a parked message again; returns whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn unpark(conn: &mut PgConnection, event_id: Uuid) -> sqlx::Result<bool> {
    let unparked = sqlx::query!(
        "UPDATE outbox SET parked_at = NULL, park_reason = NULL WHERE event_id = $1 AND parked_at IS NOT NULL",
        event_id,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(unparked > 0)
}
