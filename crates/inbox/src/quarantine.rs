use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::Message;

/// A message that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The message as it came.
    pub message: Message,
    /// A stable label (`truncated`, `unknown_schema`, …), for metrics and filters.
    pub reason: String,
    /// What was wrong, without the message's content.
    pub detail: String,
}

/// One line of the list of quarantined messages; holds nothing of their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedSummary {
    /// Its number, in the order of arrival.
    pub quarantined_message_id: i64,
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition_id: i32,
    /// The offset.
    pub message_offset: i64,
    /// The stable label.
    pub reason: String,
    /// What was wrong.
    pub detail: String,
    /// When it was put here.
    pub quarantined_at: DateTime<Utc>,
    /// When it was replayed with success, if it was.
    pub replayed_at: Option<DateTime<Utc>>,
}

/// Puts messages aside; one that already lies here is left as it is.
///
/// # Errors
/// When the database refuses.
pub async fn insert(conn: &mut PgConnection, all: &[Quarantined]) -> sqlx::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let messages = || all.iter().map(|quarantined| &quarantined.message);
    let topics: Vec<&str> = messages().map(|message| message.topic.as_str()).collect();
    let partitions: Vec<i32> = messages().map(|message| message.partition).collect();
    let offsets: Vec<i64> = messages().map(|message| message.offset).collect();
    let reasons: Vec<&str> = all.iter().map(|quarantined| quarantined.reason.as_str()).collect();
    let details: Vec<&str> = all.iter().map(|quarantined| quarantined.detail.as_str()).collect();
    let keys: Vec<Option<&[u8]>> = messages().map(|message| message.key.as_deref()).collect();
    let payloads: Vec<Option<&[u8]>> = messages().map(|message| message.payload.as_deref()).collect();
    let headers: Vec<Value> = messages().map(|message| headers_to_json(&message.headers)).collect();
    sqlx::query!(
        "INSERT INTO quarantined_messages
             (topic, partition_id, message_offset, reason, detail, key, payload, headers)
         SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
                              $8::jsonb[])
         ON CONFLICT (topic, partition_id, message_offset) DO NOTHING",
        &topics as &[&str],
        &partitions,
        &offsets,
        &reasons as &[&str],
        &details as &[&str],
        &keys as &[Option<&[u8]>],
        &payloads as &[Option<&[u8]>],
        &headers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The messages after number `after`, oldest first, those not replayed yet unless `replayed_too`.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    conn: &mut PgConnection,
    after: i64,
    limit: i64,
    replayed_too: bool,
) -> sqlx::Result<Vec<QuarantinedSummary>> {
    sqlx::query_as!(
        QuarantinedSummary,
        "SELECT quarantined_message_id, topic, partition_id, message_offset, reason, detail, quarantined_at, replayed_at
         FROM quarantined_messages
         WHERE quarantined_message_id > $1 AND (replayed_at IS NULL OR $3)
         ORDER BY quarantined_message_id LIMIT $2",
        after,
        limit,
        replayed_too,
    )
    .fetch_all(conn)
    .await
}

/// One message with its bytes, or `None` when there is no such number.
///
/// # Errors
/// When the database refuses.
pub async fn show(conn: &mut PgConnection, id: i64) -> sqlx::Result<Option<Quarantined>> {
    let row = sqlx::query!(
        "SELECT topic, partition_id, message_offset, reason, detail, key, payload, headers
         FROM quarantined_messages WHERE quarantined_message_id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Quarantined {
        message: Message {
            topic: row.topic,
            partition: row.partition_id,
            offset: row.message_offset,
            key: row.key,
            payload: row.payload,
            headers: headers_from_json(&row.headers),
        },
        reason: row.reason,
        detail: row.detail,
    }))
}

/// Notes that a message was replayed with success.
///
/// # Errors
/// When the database refuses.
pub async fn mark_replayed(conn: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query!("UPDATE quarantined_messages SET replayed_at = now() WHERE quarantined_message_id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many messages wait for somebody.
///
/// # Errors
/// When the database refuses.
pub async fn count(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM quarantined_messages WHERE replayed_at IS NULL"#)
        .fetch_one(conn)
        .await
}

/// Erases the messages that hold any of these texts, whatever the case of ASCII letters (headers: as it is): topic, place and
/// reason stay. A text of less than four bytes is looked for only where it stands by itself, as Avro and JSON write it; else it
/// would be in everything. An erased message has nothing to be replayed, and no longer counts as waiting. Says how many there
/// were.
///
/// # Errors
/// When the database refuses.
pub async fn erase(conn: &mut PgConnection, texts: &[&str]) -> sqlx::Result<u64> {
    let wanted = texts.iter().filter(|text| !text.is_empty());
    let forms: Vec<Vec<u8>> = wanted
        .flat_map(|text| match u8::try_from(text.len()) {
            // Avro writes a short length as twice the number.
            Ok(length @ ..4) => {
                vec![[&[length * 2], text.as_bytes()].concat(), format!("\"{text}\"").into_bytes()]
            }
            _ => vec![text.as_bytes().to_vec()],
        })
        .collect();
    let erased = sqlx::query!(
        "UPDATE quarantined_messages
         SET key = NULL, payload = NULL, headers = '[]', detail = 'erased', replayed_at = coalesce(replayed_at, now())
         WHERE EXISTS (
             SELECT FROM unnest($1::bytea[]) AS w (form)
             WHERE position(lower(encode(form, 'escape')) IN lower(encode(payload, 'escape'))) > 0
                OR position(lower(encode(form, 'escape')) IN lower(encode(key, 'escape'))) > 0
                OR position(encode(form, 'hex') IN headers::text) > 0
         )",
        &forms,
    )
    .execute(conn)
    .await?;
    Ok(erased.rows_affected())
}

/// Header values are bytes and may be anything, so they are kept as hexadecimal: `[["ce_type", "6f7267…"], …]`; names too,
/// where Postgres would refuse them in JSON (U+0000).
fn headers_to_json(headers: &[(String, Option<Vec<u8>>)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| {
            serde_json::json!([name.replace('\0', "\u{fffd}"), value.as_deref().map(hex::encode)])
        })
        .collect()
}

fn headers_from_json(headers: &Value) -> Vec<(String, Option<Vec<u8>>)> {
    let pairs = headers.as_array().map(Vec::as_slice).unwrap_or_default();
    pairs
        .iter()
        .filter_map(|pair| {
            Some((pair[0].as_str()?.to_owned(), pair[1].as_str().and_then(|value| hex::decode(value).ok())))
        })
        .collect()
}
