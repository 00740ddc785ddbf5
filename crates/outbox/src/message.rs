use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A message to be published once the transaction that causes it has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// The event's id, `ce_id`; a message is taken in once an id.
    pub event_id: Uuid,
    /// The event's type, `ce_type`.
    pub event_type: String,
    /// The topic without prefix; the relay's publisher adds it.
    pub topic: String,
    /// The event's time, `ce_time`.
    pub event_time: DateTime<Utc>,
    /// The learner's LMS user id: messages of one key are published in the order they were appended.
    pub partition_key: i64,
    /// The bare Avro body, without the frame that names its schema.
    pub body: Vec<u8>,
    /// The W3C trace context of the cause.
    pub traceparent: Option<String>,
}

/// A message as it lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place in the order.
    pub outbox_id: i64,
    /// The message.
    pub message: OutboxMessage,
}

/// Records messages in the caller's transaction, in the given order; an event id that lies here already is left as it is.
///
/// # Errors
/// When the database refuses.
pub async fn append(conn: &mut PgConnection, messages: &[OutboxMessage]) -> sqlx::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let event_ids: Vec<Uuid> = messages.iter().map(|m| m.event_id).collect();
    let event_types: Vec<String> = messages.iter().map(|m| m.event_type.clone()).collect();
    let topics: Vec<String> = messages.iter().map(|m| m.topic.clone()).collect();
    let event_times: Vec<DateTime<Utc>> = messages.iter().map(|m| m.event_time).collect();
    let partition_keys: Vec<i64> = messages.iter().map(|m| m.partition_key).collect();
    let bodies: Vec<Vec<u8>> = messages.iter().map(|m| m.body.clone()).collect();
    let traceparents: Vec<Option<String>> = messages.iter().map(|m| m.traceparent.clone()).collect();
    sqlx::query!(
        "INSERT INTO outbox (event_id, event_type, topic, event_time, partition_key, body, traceparent)
         SELECT event_id, event_type, topic, event_time, partition_key, body, traceparent
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bytea[], $7::text[])
              WITH ORDINALITY
              AS m (event_id, event_type, topic, event_time, partition_key, body, traceparent, place)
         ORDER BY place
         ON CONFLICT (event_id) DO NOTHING",
        &event_ids,
        &event_types,
        &topics,
        &event_times,
        &partition_keys,
        &bodies,
        traceparents.as_slice() as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the bodies of a key's messages anew that are still to be sent, as `body` makes them of event type and old body;
/// where it makes nothing, the message stays. What the relay has in hand at this moment goes out as it was.
///
/// # Errors
/// When the database refuses.
pub async fn rewrite(
    conn: &mut PgConnection,
    partition_key: i64,
    body: impl Fn(&str, &[u8]) -> Option<Vec<u8>>,
) -> sqlx::Result<()> {
    let rows = sqlx::query!(
        "SELECT outbox_id, event_type, body FROM outbox WHERE partition_key = $1 ORDER BY outbox_id FOR UPDATE",
        partition_key,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (ids, bodies): (Vec<i64>, Vec<Vec<u8>>) =
        rows.iter().filter_map(|row| Some((row.outbox_id, body(&row.event_type, &row.body)?))).unzip();
    sqlx::query!(
        "UPDATE outbox o SET body = n.body FROM unnest($1::bigint[], $2::bytea[]) AS n (outbox_id, body)
         WHERE o.outbox_id = n.outbox_id",
        &ids,
        &bodies,
    )
    .execute(conn)
    .await?;
    Ok(())
}
