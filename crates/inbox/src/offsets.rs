use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Where a partition's new owner starts, and the epoch under which it may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The offset of the first message to read.
    pub next_offset: i64,
    /// Raised by each claim; `advance` under an older one is refused.
    pub epoch: i64,
}

/// One partition's step within a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that the batch began at.
    pub from: i64,
    /// The offset after the batch's last message.
    pub to: i64,
    /// The epoch of our claim.
    pub epoch: i64,
}

/// Why offsets did not move.
#[derive(Debug, thiserror::Error)]
pub enum OffsetError {
    /// Another owner claimed one of the partitions: roll back and drop the batch.
    #[error("partition {partition} of {topic} has another owner")]
    Fenced {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The database refused.
    #[error("offsets could not be moved")]
    Database(#[from] sqlx::Error),
}

/// Takes over a partition: raises its epoch, and says where to start. A partition never seen before starts at
/// `start_if_new`.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    conn: &mut PgConnection,
    topic: &str,
    partition: i32,
    start_if_new: i64,
) -> sqlx::Result<Claim> {
    sqlx::query_as!(
        Claim,
        "INSERT INTO consumer_offsets AS o (topic, partition_id, next_offset, epoch) VALUES ($1, $2, $3, 1)
         ON CONFLICT (topic, partition_id) DO UPDATE SET epoch = o.epoch + 1, updated_at = now()
         RETURNING next_offset, epoch",
        topic,
        partition,
        start_if_new,
    )
    .fetch_one(conn)
    .await
}

/// Moves offsets by compare-and-set, all or none; call it first in the transaction, so that its row locks keep a rival out.
///
/// Returns whether the batch is still to be written: `false` when all offsets already stand where it ends under our
/// epoch, which is so when an earlier commit of ours went through but its answer was lost.
///
/// # Errors
/// [`OffsetError::Fenced`] when another owner claimed a partition; the database's errors otherwise.
pub async fn advance(conn: &mut PgConnection, advances: &[Advance]) -> Result<bool, OffsetError> {
    let topics: Vec<String> = advances.iter().map(|a| a.topic.clone()).collect();
    let partitions: Vec<i32> = advances.iter().map(|a| a.partition).collect();
    let froms: Vec<i64> = advances.iter().map(|a| a.from).collect();
    let tos: Vec<i64> = advances.iter().map(|a| a.to).collect();
    let epochs: Vec<i64> = advances.iter().map(|a| a.epoch).collect();
    let moved = sqlx::query!(
        "UPDATE consumer_offsets o SET next_offset = a.until, updated_at = now()
         FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[])
              AS a (topic, partition_id, since, until, epoch)
         WHERE o.topic = a.topic AND o.partition_id = a.partition_id
           AND o.next_offset = a.since AND o.epoch = a.epoch",
        &topics,
        &partitions,
        &froms,
        &tos,
        &epochs,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if moved == advances.len() as u64 {
        return Ok(true);
    }
    for advance in advances {
        let ours = moved == 0
            && sqlx::query_scalar!(
                "SELECT next_offset FROM consumer_offsets WHERE topic = $1 AND partition_id = $2 AND epoch = $3",
                advance.topic,
                advance.partition,
                advance.epoch,
            )
            .fetch_optional(&mut *conn)
            .await?
                == Some(advance.to);
        if !ours {
            return Err(OffsetError::Fenced { topic: advance.topic.clone(), partition: advance.partition });
        }
    }
    Ok(false)
}

/// Where one partition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOffset {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition_id: i32,
    /// The offset of the first message not applied yet.
    pub next_offset: i64,
    /// The epoch of the last claim.
    pub epoch: i64,
    /// When either was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where every partition stands that was ever claimed.
///
/// # Errors
/// When the database refuses.
pub async fn list_offsets(conn: &mut PgConnection) -> sqlx::Result<Vec<StoredOffset>> {
    sqlx::query_as!(
        StoredOffset,
        "SELECT topic, partition_id, next_offset, epoch, updated_at
         FROM consumer_offsets ORDER BY topic, partition_id",
    )
    .fetch_all(conn)
    .await
}

/// Sets a partition to another offset and raises its epoch, so that whoever reads it is fenced; the offset it had, or
/// `None` when the partition was never claimed and nothing was changed.
///
/// # Errors
/// When the database refuses.
pub async fn reset_offset(
    conn: &mut PgConnection,
    topic: &str,
    partition: i32,
    next_offset: i64,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "WITH before AS (
             SELECT topic, partition_id, next_offset FROM consumer_offsets
             WHERE topic = $1 AND partition_id = $2 FOR UPDATE
         )
         UPDATE consumer_offsets o SET next_offset = $3, epoch = o.epoch + 1, updated_at = now()
         FROM before WHERE o.topic = before.topic AND o.partition_id = before.partition_id
         RETURNING before.next_offset",
        topic,
        partition,
        next_offset,
    )
    .fetch_optional(conn)
    .await
}
