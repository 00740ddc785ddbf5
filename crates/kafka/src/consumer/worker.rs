//! The asynchronous half: brings claims and batches to the sink, one after the other.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use lp_inbox::Advance;
use metrics::{counter, histogram};
use tokio::sync::{mpsc, watch};

use crate::{Batch, Claimed, ConsumerHealth, Sink, SinkError, TopicPartition};

/// What the polling thread wants done; the generation counts assignments.
#[derive(Debug)]
pub(crate) enum Job {
    Claim { generation: u64, partitions: Vec<TopicPartition> },
    Apply { generation: u64, batch: Batch },
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Done {
    Claimed {
        generation: u64,
        claimed: Vec<Claimed>,
    },
    /// These offsets are committed; comes before the answer of the job they belong to.
    Committed {
        advances: Vec<Advance>,
    },
    /// All of the batch is committed or halted, or the assignment ended before that.
    Ended,
    Fenced {
        generation: u64,
    },
    /// Comes before the answer of the job it belongs to.
    Halted {
        generation: u64,
        topic: String,
        partition: i32,
        reason: String,
    },
}

pub(crate) struct Worker<S> {
    pub(crate) sink: S,
    pub(crate) jobs: mpsc::UnboundedReceiver<Job>,
    pub(crate) done: Sender<Done>,
    /// The assignment that counts now; work for older ones is given up.
    pub(crate) current: watch::Receiver<u64>,
    pub(crate) health: ConsumerHealth,
    pub(crate) poison_limit: u32,
    pub(crate) backoff: (Duration, Duration),
    pub(crate) poison_runs: HashMap<(String, i32), u32>,
}

impl<S: Sink> Worker<S> {
    /// Works until the polling thread hangs up.
    pub(crate) async fn run(mut self) {
        while let Some(job) = self.jobs.recv().await {
            let done = match job {
                Job::Claim { generation, partitions } => self.claim(generation, partitions).await,
                Job::Apply { generation, batch } => self.apply(generation, batch).await,
            };
            self.health.set_sink_failing(false);
            if self.done.send(done).is_err() {
                return;
            }
        }
    }

    async fn claim(&mut self, generation: u64, mut partitions: Vec<TopicPartition>) -> Done {
        self.poison_runs.clear();
        let mut delays = self.delays();
        loop {
            match self.sink.claim(&partitions).await {
                Ok(claimed) => return Done::Claimed { generation, claimed },
                Err(SinkError::Halt { topic, partition, reason }) => {
                    partitions.retain(|p| (p.topic.as_str(), p.partition) != (topic.as_str(), partition));
                    self.halted(generation, topic, partition, reason);
                }
                Err(error) => {
                    if !self
                        .wait(generation, &error, "partitions cannot be claimed for now", &mut delays)
                        .await
                    {
                        return Done::Ended;
                    }
                }
            }
        }
    }

    /// Applies the batch; when it is refused as a whole, each of its partitions alone.
    async fn apply(&mut self, generation: u64, batch: Batch) -> Done {
        let mut parts = VecDeque::from([batch]);
        while let Some(part) = parts.pop_front() {
            match self.apply_part(generation, part).await {
                ControlFlow::Continue(refused) => parts.extend(refused),
                ControlFlow::Break(done) => return done,
            }
        }
        Done::Ended
    }

    /// Goes on with what is to be applied alone, if anything; breaks when nothing of this job is to be applied any more.
    async fn apply_part(&mut self, generation: u64, mut batch: Batch) -> ControlFlow<Done, Vec<Batch>> {
        let mut delays = self.delays();
        loop {
            if *self.current.borrow() != generation {
                return ControlFlow::Break(Done::Ended);
            }
            if batch.advances.is_empty() {
                return ControlFlow::Continue(vec![]);
            }
            batch.poison_limit = self.poison_limit;
            batch.poison_runs.clone_from(&self.poison_runs);
            lp_inbox::failpoint("after_poll");
            let started = Instant::now();
            let result = self.sink.apply(&batch).await;
            histogram!("lp_consumer_stage_seconds", "stage" => "apply")
                .record(started.elapsed().as_secs_f64());
            match result {
                Ok(applied) => {
                    self.poison_runs = applied.poison_runs;
                    report(&batch);
                    drop(self.done.send(Done::Committed { advances: batch.advances }));
                    return ControlFlow::Continue(vec![]);
                }
                Err(SinkError::Fenced) => return ControlFlow::Break(Done::Fenced { generation }),
                Err(SinkError::Refused { reason, source }) => {
                    let error = source.as_ref() as &dyn Error;
                    let [Advance { topic, partition, .. }] = batch.advances.as_slice() else {
                        tracing::warn!(error, "a batch is refused; its partitions are applied one by one");
                        return ControlFlow::Continue(batch.by_partition());
                    };
                    tracing::error!(error, topic, partition, "a partition's messages are refused");
                    self.halted(generation, topic.clone(), *partition, reason);
                    return ControlFlow::Continue(vec![]);
                }
                Err(SinkError::Halt { topic, partition, reason }) if batch.has(&topic, partition) => {
                    batch.remove(&topic, partition);
                    self.halted(generation, topic, partition, reason);
                }
                Err(error) => {
                    if !self.wait(generation, &error, "a batch cannot be applied for now", &mut delays).await
                    {
                        return ControlFlow::Break(Done::Ended);
                    }
                }
            }
        }
    }

    fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<S> {
        ExponentialBuilder::default()
            .with_min_delay(self.backoff.0)
            .with_max_delay(self.backoff.1)
            .without_max_times()
            .with_jitter()
            .build()
    }

    fn halted(&self, generation: u64, topic: String, partition: i32, reason: String) {
        drop(self.done.send(Done::Halted { generation, topic, partition, reason }));
    }

    /// Waits before the next try; false when the assignment ends first.
    async fn wait(
        &mut self,
        generation: u64,
        error: &SinkError,
        what: &'static str,
        delays: &mut (impl Iterator<Item = Duration> + Send),
    ) -> bool {
        let delay = delays.next().unwrap_or(self.backoff.1);
        self.health.set_sink_failing(true);
        counter!("lp_consumer_retries_total").increment(1);
        tracing::warn!(error = error as &dyn Error, delay_ms = delay.as_millis(), "{what}");
        let ended = self.current.wait_for(|current| *current != generation);
        tokio::time::timeout(delay, ended).await.is_err()
    }
}

fn report(batch: &Batch) {
    #[expect(clippy::cast_precision_loss, reason = "batches are small")]
    histogram!("lp_consumer_batch_messages").record(batch.messages.len() as f64);
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for message in &batch.messages {
        *counts.entry(&message.topic).or_default() += 1;
    }
    for (topic, count) in counts {
        counter!("lp_consumer_messages_total", "topic" => topic.to_owned()).increment(count);
    }
}

#[cfg(test)]
mod tests;
