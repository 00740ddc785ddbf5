//! How the consumers of the progress database are doing: where they stand, what they could not read, what waits to be sent.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Where a consumer stands in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumedPartition {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition_id: i32,
    /// The offset of the next message that it will apply.
    pub next_offset: i64,
    /// When that last moved.
    pub moved_at: DateTime<Utc>,
}

/// Messages that could not be read, of one topic, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineCount {
    /// The full topic.
    pub topic: String,
    /// The stable label.
    pub reason: String,
    /// How many wait for somebody.
    pub waiting: i64,
    /// How many were replayed or erased since.
    pub settled: i64,
    /// When the first of those that wait was put aside.
    pub oldest_at: Option<DateTime<Utc>>,
    /// When the last of those that wait was.
    pub newest_at: Option<DateTime<Utc>>,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxState {
    /// Messages, parked ones included.
    pub depth: i64,
    /// Since when the oldest that is not parked has waited.
    pub oldest_at: Option<DateTime<Utc>>,
    /// Messages that could not be published and wait for somebody.
    pub parked: i64,
}

/// All of it, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerHealth {
    /// The moment, by the database's clock.
    pub as_of: DateTime<Utc>,
    /// In the order of topics and partitions.
    pub partitions: Vec<ConsumedPartition>,
    /// In the order of topics and reasons.
    pub quarantined: Vec<QuarantineCount>,
    /// The outbox.
    pub outbox: OutboxState,
}

/// How the consumers are doing.
///
/// # Errors
/// When the database cannot answer.
pub async fn consumer_health(conn: &mut PgConnection) -> sqlx::Result<ConsumerHealth> {
    let partitions = sqlx::query_as!(
        ConsumedPartition,
        "SELECT topic, partition_id, next_offset, updated_at AS moved_at FROM consumer_offsets
         ORDER BY topic, partition_id",
    )
    .fetch_all(&mut *conn)
    .await?;
    let quarantined = sqlx::query_as!(
        QuarantineCount,
        r#"SELECT topic, reason, count(*) FILTER (WHERE replayed_at IS NULL) AS "waiting!", count(replayed_at) AS "settled!",
                  min(quarantined_at) FILTER (WHERE replayed_at IS NULL) AS oldest_at,
                  max(quarantined_at) FILTER (WHERE replayed_at IS NULL) AS newest_at
           FROM quarantined_messages
           GROUP BY topic, reason ORDER BY topic, reason"#,
    )
    .fetch_all(&mut *conn)
    .await?;
    let outbox = sqlx::query!(
        r#"SELECT count(created_at) AS "depth!", count(parked_at) AS "parked!",
                  min(created_at) FILTER (WHERE parked_at IS NULL) AS oldest_at, statement_timestamp() AS "as_of!"
           FROM outbox"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(ConsumerHealth {
        as_of: outbox.as_of,
        partitions,
        quarantined,
        outbox: OutboxState { depth: outbox.depth, oldest_at: outbox.oldest_at, parked: outbox.parked },
    })
}
