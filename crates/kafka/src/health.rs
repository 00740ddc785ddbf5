use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the consumer tells of itself; clones share it.
#[derive(Debug, Clone, Default)]
pub struct ConsumerHealth(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    assigned: bool,
    brokers_up: bool,
    sink_failing: bool,
    missing_topics: BTreeSet<String>,
    halted: BTreeMap<(String, i32), String>,
}

impl ConsumerHealth {
    /// Whether messages flow as they should; otherwise why not, in a sentence without any message's content.
    ///
    /// # Errors
    /// The first reason why the consumer is not ready.
    pub fn ready(&self) -> Result<(), String> {
        let state = self.state();
        if let Some(((topic, partition), reason)) = state.halted.first_key_value() {
            return Err(format!("partition {partition} of {topic} is halted: {reason}"));
        }
        if let Some(topic) = state.missing_topics.first() {
            return Err(format!("topic {topic} does not exist"));
        }
        if !state.brokers_up {
            return Err("no Kafka broker answers".to_owned());
        }
        if !state.assigned {
            return Err("the consumer group has not assigned partitions yet".to_owned());
        }
        if state.sink_failing {
            return Err("a batch cannot be written for now".to_owned());
        }
        Ok(())
    }

    /// The partitions that are halted, and why.
    #[must_use]
    pub fn halted(&self) -> Vec<(String, i32, String)> {
        let state = self.state();
        state
            .halted
            .iter()
            .map(|((topic, partition), why)| (topic.clone(), *partition, why.clone()))
            .collect()
    }

    pub(crate) fn set_assigned(&self, assigned: bool) {
        self.state().assigned = assigned;
    }

    pub(crate) fn set_brokers_up(&self, up: bool) {
        self.state().brokers_up = up;
    }

    pub(crate) fn brokers_up(&self) -> bool {
        self.state().brokers_up
    }

    pub(crate) fn set_sink_failing(&self, failing: bool) {
        self.state().sink_failing = failing;
    }

    pub(crate) fn sink_failing(&self) -> bool {
        self.state().sink_failing
    }

    pub(crate) fn set_missing_topics(&self, missing: BTreeSet<String>) {
        self.state().missing_topics = missing;
    }

    pub(crate) fn halt(&self, topic: &str, partition: i32, reason: &str) {
        self.state().halted.insert((topic.to_owned(), partition), reason.to_owned());
    }

    pub(crate) fn forget_halted(&self) {
        self.state().halted.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
