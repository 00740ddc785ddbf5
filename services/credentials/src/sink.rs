//! Batches of Kafka messages become awards.

use lp_events::{Decoded, Poison};
use lp_inbox::{Message, OffsetError, Quarantined, failpoint};
use lp_kafka::{Applied, Batch, Claimed, Sink, SinkError, TopicPartition};
use lp_runtime::span_with_remote_parent;
use lp_schema_registry::{EventReader, ReadError};
use metrics::counter;
use sqlx::PgPool;

use crate::{store, told};

/// What an operator reads of a halted partition; the log has the error.
const REFUSED: &str = "the credentials database refuses to write what its messages say";

/// Records awards in the credentials database, a batch in one transaction with its offsets.
#[derive(Debug)]
pub struct AwardsSink {
    pool: PgPool,
    reader: EventReader,
}

/// A batch, read.
#[derive(Default)]
struct Read {
    batch: store::Batch,
    recorded: Vec<&'static str>,
    skipped: u64,
}

impl AwardsSink {
    /// A sink that writes by `pool`.
    #[must_use]
    pub fn new(pool: PgPool, reader: EventReader) -> Self {
        Self { pool, reader }
    }

    async fn read(&self, batch: &Batch) -> Result<Read, SinkError> {
        let mut read = Read::default();
        read.batch.advances.clone_from(&batch.advances);
        for message in &batch.messages {
            match self.reader.read(&message.headers, message.payload.as_deref()).await {
                Ok(Some((envelope, Decoded::Path(event)))) => {
                    let event_type = event.event_type();
                    let span = tracing::info_span!("path_event", event_type);
                    let added = span_with_remote_parent(span, envelope.traceparent.as_deref())
                        .in_scope(|| told::add(&mut read.batch.tellings, &envelope, event));
                    match added {
                        Ok(true) => read.recorded.push(event_type),
                        Ok(false) => read.skipped += 1,
                        Err(poison) => read.batch.quarantined.push(put_aside(message, poison)),
                    }
                }
                Ok(Some((_, Decoded::Lms(_) | Decoded::Unknown)) | None) => read.skipped += 1,
                Err(ReadError::Poison(poison)) => read.batch.quarantined.push(put_aside(message, poison)),
                Err(ReadError::Registry(error)) => return Err(SinkError::Retry(error.into())),
            }
        }
        Ok(read)
    }
}

impl Sink for AwardsSink {
    async fn claim(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Claimed>, SinkError> {
        let mut tx = self.pool.begin().await.map_err(retry)?;
        let mut claimed = Vec::with_capacity(partitions.len());
        for place in partitions {
            let claim = lp_inbox::claim(&mut tx, &place.topic, place.partition, place.earliest).await;
            claimed.push(place.claimed(claim.map_err(retry)?));
        }
        tx.commit().await.map_err(retry)?;
        Ok(claimed)
    }

    async fn apply(&mut self, batch: &Batch) -> Result<Applied, SinkError> {
        let read = self.read(batch).await?;
        let applied = batch.applied(&read.batch.quarantined)?;
        failpoint("pre_commit");
        store::apply(&self.pool, &read.batch).await.map_err(refused)?;
        failpoint("post_commit");
        count(&read);
        Ok(applied)
    }
}

fn put_aside(message: &Message, poison: Poison) -> Quarantined {
    Quarantined { message: message.clone(), reason: poison.reason.to_owned(), detail: poison.detail }
}

fn count(read: &Read) {
    counter!("lp_credentials_skipped_total").increment(read.skipped);
    for event_type in &read.recorded {
        counter!("lp_credentials_recorded_total", "event_type" => *event_type).increment(1);
    }
    for Quarantined { message, reason, .. } in &read.batch.quarantined {
        tracing::warn!(
            topic = message.topic,
            partition = message.partition,
            offset = message.offset,
            reason,
            "a message was put aside"
        );
        counter!("lp_credentials_quarantined_total", "reason" => reason.clone()).increment(1);
    }
}

fn retry(error: sqlx::Error) -> SinkError {
    SinkError::Retry(error.into())
}

/// What becomes of a failure to write: what may pass is tried again, what the data itself causes waits for somebody.
fn refused(error: OffsetError) -> SinkError {
    match error {
        OffsetError::Fenced { .. } => SinkError::Fenced,
        OffsetError::Database(error) if lp_postgres::is_about_the_data(&error) => {
            SinkError::Refused { reason: REFUSED.to_owned(), source: error.into() }
        }
        OffsetError::Database(error) => retry(error),
    }
}

#[cfg(test)]
mod tests {
    use lp_inbox::Advance;

    use super::*;

    #[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
    async fn what_may_pass_is_tried_again_and_what_the_data_causes_is_refused(pool: PgPool) {
        let mut conn = pool.acquire().await.unwrap();
        lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
        // No offset is below 0.
        let step = Advance { topic: "t".into(), partition: 0, from: 0, to: -1, epoch: 1 };
        let data = lp_inbox::advance(&mut conn, &[step]).await.unwrap_err();
        assert!(matches!(refused(data), SinkError::Refused { .. }));
        let away = refused(OffsetError::Database(sqlx::Error::PoolTimedOut));
        assert!(matches!(away, SinkError::Retry(_)), "{away:?}");
    }
}
