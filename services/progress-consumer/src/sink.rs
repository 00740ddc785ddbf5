//! Batches of Kafka messages become facts and verdicts.

use std::collections::HashSet;
use std::time::Instant;

use chrono::Utc;
use lp_domain::Timestamp;
use lp_domain::ids::ParseError;
use lp_inbox::{OffsetError, Quarantined, failpoint};
use lp_kafka::{Applied, Batch, Claimed, Sink, SinkError, TopicPartition};
use lp_progress_store::{Catalogue, Outcome, StoreError, Tellings};
use lp_schema_registry::{EventReader, ReadError};
use metrics::{counter, histogram};
use sqlx::PgPool;

use crate::told::{self, Intake};

/// The reason of a message whose event id was used for another fact before.
const EVENT_ID_REUSED: &str = "event_id_reused";

/// What an operator reads of a halted partition; the log has the error.
const REFUSED: &str = "the progress database refuses to write what its messages say";

/// Writes batches to the progress database, each in one transaction with its offsets.
#[derive(Debug)]
pub struct ProgressSink {
    pool: PgPool,
    reader: EventReader,
    catalogue: Catalogue,
    intake: Intake,
}

/// A batch, read.
struct Read {
    tellings: Tellings,
    quarantined: Vec<Quarantined>,
    received: Timestamp,
}

impl ProgressSink {
    /// A sink that writes by `pool`.
    #[must_use]
    pub fn new(pool: PgPool, reader: EventReader, intake: Intake) -> Self {
        Self { pool, reader, catalogue: Catalogue::default(), intake }
    }

    async fn read(&self, batch: &Batch) -> Result<Read, SinkError> {
        let at = now().map_err(|error| SinkError::Retry(error.into()))?;
        let mut read = Read { tellings: Tellings::default(), quarantined: Vec::new(), received: at };
        for (place, message) in batch.messages.iter().enumerate() {
            match self.reader.read(&message.headers, message.payload.as_deref()).await {
                Ok(Some((envelope, decoded))) => {
                    told::add(&mut read.tellings, place, &envelope, &decoded, &self.intake, at);
                }
                Ok(None) => counter!("lp_progress_consumer_skipped_total").increment(1),
                Err(ReadError::Poison(poison)) => read.quarantined.push(Quarantined {
                    message: message.clone(),
                    reason: poison.reason.to_owned(),
                    detail: poison.detail,
                }),
                Err(ReadError::Registry(error)) => return Err(SinkError::Retry(error.into())),
            }
        }
        Ok(read)
    }

    /// Writes all that was read; everything or nothing.
    async fn write(&mut self, batch: &Batch, mut read: Read) -> Result<(Applied, Outcome), SinkError> {
        let mut tx = self.pool.begin().await.map_err(database)?;
        let due = lp_inbox::advance(&mut tx, &batch.advances).await.map_err(offsets)?;
        failpoint("mid_batch");
        let mut outcome = Outcome::default();
        if due {
            outcome = lp_progress_store::apply(&mut tx, &mut self.catalogue, &read.tellings, read.received)
                .await
                .map_err(store)?;
            put_aside_reused(batch, &outcome, &mut read.quarantined);
            lp_inbox::insert(&mut tx, &read.quarantined).await.map_err(|error| store(error.into()))?;
        }
        let applied = batch.applied(&read.quarantined)?;
        failpoint("pre_commit");
        let committing = Instant::now();
        tx.commit().await.map_err(database)?;
        failpoint("post_commit");
        stage("commit", committing);
        if due {
            count(&outcome, &read.quarantined);
        }
        Ok((applied, outcome))
    }
}

impl Sink for ProgressSink {
    async fn claim(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Claimed>, SinkError> {
        let mut tx = self.pool.begin().await.map_err(database)?;
        let mut claimed = Vec::with_capacity(partitions.len());
        for place in partitions {
            let claim = lp_inbox::claim(&mut tx, &place.topic, place.partition, place.earliest).await;
            claimed.push(place.claimed(claim.map_err(database)?));
        }
        tx.commit().await.map_err(database)?;
        Ok(claimed)
    }

    async fn apply(&mut self, batch: &Batch) -> Result<Applied, SinkError> {
        let reading = Instant::now();
        let read = self.read(batch).await?;
        stage("read", reading);
        let writing = Instant::now();
        let (applied, outcome) = self.write(batch, read).await?;
        stage("write", writing);
        tracing::debug!(messages = batch.messages.len(), ?outcome, "a batch was written");
        Ok(applied)
    }
}

/// Messages whose event id stands for something else already.
fn put_aside_reused(batch: &Batch, outcome: &Outcome, quarantined: &mut Vec<Quarantined>) {
    let places: HashSet<usize> = outcome.reused_ids.iter().copied().collect();
    quarantined.extend(places.into_iter().filter_map(|place| {
        Some(Quarantined {
            message: batch.messages.get(place)?.clone(),
            reason: EVENT_ID_REUSED.to_owned(),
            detail: "another fact was told under this event id before".to_owned(),
        })
    }));
}

fn count(outcome: &Outcome, quarantined: &[Quarantined]) {
    for Quarantined { message, reason, .. } in quarantined {
        tracing::warn!(
            topic = message.topic,
            partition = message.partition,
            offset = message.offset,
            reason,
            "a message was put aside"
        );
        counter!("lp_progress_consumer_quarantined_total", "reason" => reason.clone()).increment(1);
    }
    counter!("lp_progress_consumer_facts_total").increment(outcome.new_facts as u64);
    counter!("lp_progress_consumer_verdicts_total").increment(outcome.changed_verdicts as u64);
    counter!("lp_progress_consumer_completions_total", "emission" => "completed")
        .increment(outcome.completed as u64);
    counter!("lp_progress_consumer_completions_total", "emission" => "revoked")
        .increment(outcome.revoked as u64);
}

fn stage(stage: &'static str, since: Instant) {
    histogram!("lp_progress_consumer_stage_seconds", "stage" => stage).record(since.elapsed());
}

pub(crate) fn now() -> Result<Timestamp, ParseError> {
    Timestamp::try_from(Utc::now())
}

/// What becomes of a refusal by the database: what the data itself causes waits for somebody, all else is tried again.
fn database(error: sqlx::Error) -> SinkError {
    if lp_postgres::is_about_the_data(&error) {
        SinkError::Refused { reason: REFUSED.to_owned(), source: error.into() }
    } else {
        SinkError::Retry(error.into())
    }
}

fn offsets(error: OffsetError) -> SinkError {
    match error {
        OffsetError::Fenced { .. } => SinkError::Fenced,
        OffsetError::Database(error) => database(error),
    }
}

fn store(error: StoreError) -> SinkError {
    match error {
        StoreError::Database(error) => database(error),
        error @ (StoreError::Corrupt { .. }
        | StoreError::UnknownRun(_)
        | StoreError::UnknownRevision { .. }
        | StoreError::WorldMoved(_)
        | StoreError::IllegalChange(_)) => {
            SinkError::Refused { reason: REFUSED.to_owned(), source: error.into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_what_the_data_causes_is_refused() {
        let away = store(StoreError::Database(sqlx::Error::PoolTimedOut));
        assert!(matches!(away, SinkError::Retry(_)), "{away:?}");
        let corrupt = store(StoreError::Corrupt { what: "a definition", source: "not JSON".into() });
        assert!(matches!(corrupt, SinkError::Refused { .. }), "{corrupt:?}");
    }
}
