//! The outbox's messages, framed and sent by an idempotent producer.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lp_outbox::{OutboxRow, PublishError, Publisher};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};

use crate::{Connection, full_topic};

/// A record as it goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    /// The key's bytes, schema id and all.
    pub key: Vec<u8>,
    /// The value's bytes, schema id and all.
    pub value: Vec<u8>,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
}

/// Why a message was not framed.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The registry cannot be asked now.
    #[error("not framed for now")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is none of our events.
    #[error("cannot be framed")]
    Permanent(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Puts an outbox message into the event bus's form; given by the wiring, for it knows schemas and the registry.
pub trait Framer: Send + Sync {
    /// The record of `row` for `topic`, its full name.
    fn frame(&self, row: &OutboxRow, topic: &str) -> impl Future<Output = Result<Framed, FrameError>> + Send;
}

/// What the publisher needs to know.
#[derive(Debug, Clone)]
pub struct PublisherSettings {
    /// How to reach Kafka.
    pub connection: Connection,
    /// The topics' prefix.
    pub topic_prefix: Option<String>,
    /// How long a message may take to be acknowledged.
    pub delivery_timeout: Duration,
}

/// Publishes the outbox to Kafka.
pub struct KafkaPublisher<F> {
    settings: PublisherSettings,
    framer: F,
    /// Empty until the first message, and after an error that the producer cannot live on from.
    producer: Mutex<Option<Arc<FutureProducer>>>,
}

impl<F: Framer> KafkaPublisher<F> {
    /// A publisher that connects at its first message.
    #[must_use]
    pub fn new(settings: PublisherSettings, framer: F) -> Self {
        Self { settings, framer, producer: Mutex::new(None) }
    }

    fn producer(&self) -> Result<Arc<FutureProducer>, KafkaError> {
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(producer) = &*producer {
            return Ok(Arc::clone(producer));
        }
        let timeout_ms = self.settings.delivery_timeout.as_millis().to_string();
        let mut config = self.settings.connection.client_config();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "zstd")
            .set("linger.ms", "5")
            .set("message.timeout.ms", timeout_ms)
            // Bounds of what librdkafka holds in memory; the relay's batches are far below.
            .set("queue.buffering.max.messages", "10000")
            .set("queue.buffering.max.kbytes", "16384")
            .set("allow.auto.create.topics", "false");
        let created: Arc<FutureProducer> = Arc::new(config.create()?);
        *producer = Some(Arc::clone(&created));
        Ok(created)
    }

    /// Gives the producer up: what it still holds is dropped and will be sent anew, in order, by the next.
    fn discard(&self) {
        let discarded = self.producer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(producer) = discarded {
            producer.purge(rdkafka::producer::PurgeConfig::default().queue().inflight());
            // Its destruction may wait for its threads.
            drop(std::thread::spawn(move || drop(producer)));
        }
    }

    async fn enqueue(
        &self,
        producer: &FutureProducer,
        row: &OutboxRow,
    ) -> Result<DeliveryFuture, PublishError> {
        let topic = full_topic(self.settings.topic_prefix.as_deref(), &row.message.topic);
        let framed = self.framer.frame(row, &topic).await.map_err(|error| match error {
            FrameError::Transient(source) => PublishError::Transient(source),
            FrameError::Permanent(source) => PublishError::Permanent(source),
        })?;
        let headers = framed
            .headers
            .iter()
            .fold(OwnedHeaders::new_with_capacity(framed.headers.len()), |headers, (key, value)| {
                headers.insert(Header { key, value: Some(value) })
            });
        let record = FutureRecord::to(&topic).key(&framed.key).payload(&framed.value).headers(headers);
        producer.send_result(record).map_err(|(error, _)| classify(error))
    }
}

impl<F: Framer> Publisher for KafkaPublisher<F> {
    async fn publish(&self, rows: &[OutboxRow]) -> Vec<Result<(), PublishError>> {
        let producer = match self.producer() {
            Ok(producer) => producer,
            Err(error) => {
                let why = error.to_string();
                return rows.iter().map(|_| Err(PublishError::Transient(why.clone().into()))).collect();
            }
        };
        let mut pending = Vec::with_capacity(rows.len());
        let mut refused: HashSet<i64> = HashSet::new();
        for row in rows {
            let key = row.message.partition_key;
            let queued = if refused.contains(&key) {
                Err(PublishError::Transient("an earlier message of its key was not sent".into()))
            } else {
                self.enqueue(&producer, row).await
            };
            if queued.is_err() {
                refused.insert(key);
            }
            pending.push(queued);
        }
        let mut answers = Vec::with_capacity(rows.len());
        let mut timed_out = false;
        for queued in pending {
            let answer = match queued {
                Err(error) => Err(error),
                Ok(delivery) => match delivery.await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err((error, _))) => {
                        timed_out |= error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageTimedOut);
                        Err(classify(error))
                    }
                    Err(_) => Err(PublishError::Transient("the producer was given up".into())),
                },
            };
            answers.push(answer);
        }
        // After a timed-out message the idempotent producer's order has a gap; after a fatal error it sends nothing.
        let fatal = producer.client().fatal_error();
        if timed_out || fatal.is_some() {
            tracing::warn!(
                fatal = fatal.map(|(code, _)| code.to_string()),
                "the Kafka producer is created anew"
            );
            drop(producer);
            self.discard();
        }
        lp_inbox::failpoint("relay_after_send");
        answers
    }
}

/// Only what is wrong with the message itself, or with our right to send it there, is permanent.
fn classify(error: KafkaError) -> PublishError {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::InvalidMessage
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::InvalidTopic,
        ) => PublishError::Permanent(error.into()),
        _ => PublishError::Transient(error.into()),
    }
}
