//! What librdkafka calls back with; everything is left for the polling thread, which alone acts.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Statistics, TopicPartitionList};

use crate::ConsumerHealth;

/// What the group has decided.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rebalanced {
    /// These partitions are ours, once we have claimed them.
    Assigned(Vec<(String, i32)>),
    /// Ours no longer; `lost` when others may have them already.
    Revoked { lost: bool },
}

/// How far a partition is fetched, as librdkafka's statistics have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) high: i64,
    /// Nothing is left to hand over; true as well when only control records follow.
    pub(crate) drained: bool,
}

#[derive(Debug)]
pub(crate) struct Context {
    health: ConsumerHealth,
    rebalances: Mutex<VecDeque<Rebalanced>>,
    fetched: Mutex<Option<Vec<Fetched>>>,
    closing: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(crate) fn new(health: ConsumerHealth) -> Self {
        Self {
            health,
            rebalances: Mutex::default(),
            fetched: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    pub(crate) fn next_rebalance(&self) -> Option<Rebalanced> {
        lock(&self.rebalances).pop_front()
    }

    /// The newest statistics, once.
    pub(crate) fn take_fetched(&self) -> Option<Vec<Fetched>> {
        lock(&self.fetched).take()
    }

    /// From now on rebalances are answered at once, for the thread that polls is busy closing.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(facility, "librdkafka: {text}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(facility, "librdkafka: {text}"),
            RDKafkaLogLevel::Debug => tracing::debug!(facility, "librdkafka: {text}"),
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.health.set_brokers_up(statistics.brokers.values().any(|broker| broker.state == "UP"));
        let fetched = statistics.topics.into_values().flat_map(|topic| {
            topic.partitions.into_values().filter(|p| p.partition >= 0 && p.hi_offset >= 0).map(move |p| {
                Fetched {
                    topic: topic.topic.clone(),
                    partition: p.partition,
                    high: p.hi_offset,
                    drained: p.fetchq_cnt == 0 && p.next_offset >= p.hi_offset,
                }
            })
        });
        *lock(&self.fetched) = Some(fetched.collect());
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            self.health.set_brokers_up(false);
        }
        tracing::warn!(error = &error as &dyn std::error::Error, reason, "the Kafka consumer has an error");
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, err: RDKafkaRespErr, tpl: &mut TopicPartitionList) {
        if self.closing.load(Ordering::Acquire) {
            if let Err(error) = consumer.unassign() {
                tracing::warn!(error = &error as &dyn std::error::Error, "partitions are not given back");
            }
            return;
        }
        let rebalanced = if err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let partitions = tpl.elements();
            Rebalanced::Assigned(partitions.iter().map(|p| (p.topic().to_owned(), p.partition())).collect())
        } else {
            Rebalanced::Revoked { lost: consumer.assignment_lost() }
        };
        lock(&self.rebalances).push_back(rebalanced);
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            // Postgres knows the offsets; the group's copy is for lag tools only.
            tracing::debug!(error = &error as &dyn std::error::Error, "offsets are not told to the group");
        }
    }
}
