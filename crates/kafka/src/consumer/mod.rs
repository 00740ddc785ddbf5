//! The consumer: a thread that polls Kafka, and a task that brings batches to the sink.

mod assignment;
mod context;
mod poller;
mod worker;

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::{ConsumerHealth, ConsumerSettings, Sink};
use context::Context;
use poller::Poller;
use worker::Worker;

/// How long leaving the group may take before the consumer is left to its thread.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the consumer ended before it was cancelled; the process is to end too, and be started again.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The settings make no consumer.
    #[error("the Kafka consumer cannot be set up")]
    Setup(#[source] KafkaError),
    /// No thread for it.
    #[error("the Kafka consumer's thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// librdkafka cannot go on.
    #[error("the Kafka consumer cannot go on")]
    Fatal(RDKafkaErrorCode),
    /// Messages wait, Kafka and the sink answer, and yet nothing moved for this long.
    #[error("no progress for {0:?} though messages wait")]
    Stalled(Duration),
    /// The polling thread ended by a panic.
    #[error("the Kafka consumer's thread panicked")]
    Panicked,
}

/// Consumes until `cancel`; then takes in no more, finishes the batch in flight, tells the group where it stands, and
/// leaves it, each within bounds. What goes wrong with Kafka or the sink is waited out; `health` tells of it.
///
/// # Errors
/// [`ConsumerError`], when it cannot go on.
pub async fn run_consumer<S: Sink>(
    settings: ConsumerSettings,
    sink: S,
    health: ConsumerHealth,
    cancel: CancellationToken,
) -> Result<(), ConsumerError> {
    let context = Context::new(health.clone());
    let consumer: BaseConsumer<Context> =
        FromClientConfigAndContext::from_config_and_context(&settings.client_config(), context)
            .map_err(ConsumerError::Setup)?;
    let topics: Vec<&str> = settings.topics.iter().map(String::as_str).collect();
    consumer.subscribe(&topics).map_err(ConsumerError::Setup)?;

    // Dropping this future stops the thread as well.
    let stop = cancel.child_token();
    let _stop_on_drop = stop.clone().drop_guard();
    let (jobs, jobs_receiver) = mpsc::unbounded_channel();
    let (done, done_receiver) = std::sync::mpsc::channel();
    let (generation, current) = watch::channel(0);
    let worker = Worker {
        sink,
        jobs: jobs_receiver,
        done,
        current,
        health: health.clone(),
        poison_limit: settings.poison_limit,
        backoff: settings.backoff,
        poison_runs: HashMap::new(),
    };
    let poller = Poller::new(consumer, settings, health, jobs, done_receiver, generation, stop);

    let (ended_sender, mut ended) = oneshot::channel();
    let (left_sender, left) = oneshot::channel::<()>();
    std::thread::Builder::new()
        .name("kafka-consumer".to_owned())
        .spawn(move || {
            let mut poller = poller;
            drop(ended_sender.send(poller.run()));
            // Leaves the group; may block while no broker answers, hence on this thread.
            poller.close();
            drop(left_sender);
        })
        .map_err(ConsumerError::Thread)?;

    let ended = tokio::select! {
        biased;
        ended = &mut ended => ended,
        () = worker.run() => ended.await,
    };
    // Its sender is dropped without a message, at the end: both outcomes mean that it is done, but for the timeout.
    if tokio::time::timeout(LEAVE_TIMEOUT, left).await.is_err() {
        tracing::warn!("the consumer group is not left in time; its session will run out");
    }
    ended.unwrap_or(Err(ConsumerError::Panicked))
}
