//! The thread that polls: it alone talks to librdkafka's consumer, and never blocks for long.

use std::collections::BTreeSet;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use lp_inbox::Message;
use metrics::{counter, gauge, histogram};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message as _};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::ConsumerError;
use super::assignment::Assignment;
use super::context::{Context, Fetched, Rebalanced};
use super::worker::{Done, Job};
use crate::{Claimed, ConsumerHealth, ConsumerSettings, TopicPartition};

/// How long one poll waits when nothing is to be done.
const IDLE_POLL: Duration = Duration::from_millis(50);
/// How long one poll waits while a batch is being applied or filled.
const BUSY_POLL: Duration = Duration::from_millis(5);
/// A full batch waits this long for the one before it without polling; pausing any sooner would throw away what
/// librdkafka has fetched ahead.
const PAUSE_AFTER: Duration = Duration::from_secs(1);
/// How long a question to Kafka may hold the thread up.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);
/// A batch takes in no more after so many bytes, however few messages they are.
const BATCH_MAX_BYTES: usize = 4 * 1024 * 1024;
/// How often the group is told where we stand.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);

/// Where we stand between the group and Postgres.
#[derive(Debug)]
enum Phase {
    /// Nothing is assigned.
    Idle,
    /// Kafka is asked, from this instant on, for the offsets it has of what was assigned.
    Asking { partitions: Vec<(String, i32)>, not_before: Instant },
    /// The sink is asked to claim; the pairs are the lowest and the highest offset that Kafka has.
    Claiming { watermarks: Vec<(TopicPartition, i64)> },
    /// Messages flow.
    Running,
    /// The group wants its partitions back; the batch in flight may take until then.
    Revoking { deadline: Instant },
}

pub(crate) struct Poller {
    consumer: BaseConsumer<Context>,
    settings: ConsumerSettings,
    health: ConsumerHealth,
    jobs: mpsc::UnboundedSender<Job>,
    done: Receiver<Done>,
    generation: watch::Sender<u64>,
    stop: CancellationToken,
    phase: Phase,
    assignment: Assignment,
    /// Messages taken in but not yet given to the worker, since when.
    filling: Vec<Message>,
    filling_bytes: usize,
    filling_since: Instant,
    /// The worker has a batch, since when.
    in_flight: Option<Instant>,
    paused: bool,
    /// Something has been committed that the group was not told of.
    untold: bool,
    told_at: Instant,
    rejoin_at: Option<Instant>,
    recheck_at: Option<Instant>,
    look_for_topics_at: Option<Instant>,
    progress_at: Instant,
    lags: bool,
}

impl Poller {
    pub(crate) fn new(
        consumer: BaseConsumer<Context>,
        settings: ConsumerSettings,
        health: ConsumerHealth,
        jobs: mpsc::UnboundedSender<Job>,
        done: Receiver<Done>,
        generation: watch::Sender<u64>,
        stop: CancellationToken,
    ) -> Self {
        let now = Instant::now();
        Self {
            consumer,
            settings,
            health,
            jobs,
            done,
            generation,
            stop,
            phase: Phase::Idle,
            assignment: Assignment::default(),
            filling: vec![],
            filling_bytes: 0,
            filling_since: now,
            in_flight: None,
            paused: false,
            untold: false,
            told_at: now,
            rejoin_at: None,
            recheck_at: None,
            look_for_topics_at: None,
            progress_at: now,
            lags: false,
        }
    }

    /// Polls until it is stopped or cannot go on; what is in flight then is finished, within bounds.
    pub(crate) fn run(&mut self) -> Result<(), ConsumerError> {
        let result = self.poll_until_stopped();
        self.health.set_assigned(false);
        self.next_generation();
        let deadline = Instant::now() + self.settings.drain_timeout;
        while self.in_flight.is_some() {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(done) = self.done.recv_timeout(left) else {
                tracing::warn!("the batch in flight does not end in time and is left to be read again");
                break;
            };
            self.on_done(done);
        }
        self.tell_group();
        result
    }

    /// Gives the partitions back and leaves the group.
    pub(crate) fn close(self) {
        self.consumer.context().close();
        if let Err(error) = self.consumer.unassign() {
            tracing::warn!(error = &error as &dyn Error, "partitions are not given back");
        }
    }

    fn poll_until_stopped(&mut self) -> Result<(), ConsumerError> {
        while !self.stop.is_cancelled() {
            while let Ok(done) = self.done.try_recv() {
                self.on_done(done);
            }
            while let Some(rebalanced) = self.consumer.context().next_rebalance() {
                self.on_rebalance(rebalanced);
            }
            self.go_on();
            if let Some(fetched) = self.consumer.context().take_fetched() {
                self.measure(&fetched);
            }
            self.watch()?;
            self.hand_over();
            if self.is_full() && !self.wait_for_room() {
                continue;
            }
            self.fill()?;
        }
        Ok(())
    }

    fn on_rebalance(&mut self, rebalanced: Rebalanced) {
        let generation = self.next_generation();
        match rebalanced {
            Rebalanced::Assigned(partitions) => {
                tracing::info!(generation, partitions = partitions.len(), "partitions are assigned");
                counter!("lp_consumer_rebalances_total").increment(1);
                self.assignment.clear();
                self.health.forget_halted();
                self.phase = Phase::Asking { partitions, not_before: Instant::now() };
            }
            Rebalanced::Revoked { lost } => {
                tracing::info!(generation, lost, "partitions are revoked");
                self.health.set_assigned(false);
                // A lost partition may have its next owner already; its epoch keeps our commit out.
                let patience = if lost { Duration::ZERO } else { self.settings.drain_timeout };
                self.phase = Phase::Revoking { deadline: Instant::now() + patience };
            }
        }
    }

    /// Whatever is under way belongs to the past from now on; the worker gives it up where it can.
    fn next_generation(&mut self) -> u64 {
        self.filling.clear();
        self.generation.send_modify(|generation| *generation += 1);
        *self.generation.borrow()
    }

    fn is_current(&self, generation: u64) -> bool {
        generation == *self.generation.borrow()
    }

    fn on_done(&mut self, done: Done) {
        match done {
            Done::Claimed { generation, claimed } => {
                if self.is_current(generation) {
                    self.start(&claimed);
                }
            }
            Done::Committed { advances } => {
                self.progress_at = Instant::now();
                self.assignment.committed(&advances);
                self.untold = true;
            }
            Done::Ended => self.in_flight = None,
            Done::Fenced { generation } => {
                self.in_flight = None;
                if self.is_current(generation) {
                    tracing::error!("another owner has claimed a partition; the group is joined anew");
                    self.rejoin();
                }
            }
            Done::Halted { generation, topic, partition, reason } => {
                if self.is_current(generation) {
                    self.halt(&topic, partition, &reason);
                }
            }
        }
    }

    /// Does what is due in the phase, and what was put off.
    fn go_on(&mut self) {
        let now = Instant::now();
        match &self.phase {
            Phase::Asking { not_before, .. } if now >= *not_before => self.ask(),
            Phase::Revoking { deadline } if self.in_flight.is_none() || now >= *deadline => self.give_back(),
            _ => {}
        }
        if self.rejoin_at.is_some_and(|at| now >= at) {
            self.rejoin_at = None;
            let topics: Vec<&str> = self.settings.topics.iter().map(String::as_str).collect();
            if let Err(error) = self.consumer.subscribe(&topics) {
                tracing::warn!(error = &error as &dyn Error, "topics are not subscribed to for now");
                self.rejoin_at = Some(now + self.settings.backoff.1);
            }
        }
        if self.recheck_at.is_some_and(|at| now >= at) {
            self.recheck_at = None;
            self.recheck();
        }
        if self.look_for_topics_at.is_some_and(|at| now >= at) {
            self.look_for_topics();
        }
        if self.untold && now >= self.told_at + COMMIT_INTERVAL {
            self.tell_group();
        }
    }

    fn ask(&mut self) {
        let Phase::Asking { partitions, .. } = &self.phase else { return };
        let mut watermarks = Vec::with_capacity(partitions.len());
        for (topic, partition) in partitions {
            // Each question may take its whole time; together they must not hold the end up.
            if self.stop.is_cancelled() {
                return;
            }
            match self.consumer.fetch_watermarks(topic, *partition, ASK_TIMEOUT) {
                Ok((earliest, high)) => watermarks
                    .push((TopicPartition { topic: topic.clone(), partition: *partition, earliest }, high)),
                Err(error) => {
                    tracing::warn!(
                        topic,
                        partition,
                        error = &error as &dyn Error,
                        "Kafka does not tell which offsets it has for now"
                    );
                    if let Phase::Asking { not_before, .. } = &mut self.phase {
                        *not_before = Instant::now() + self.settings.backoff.0;
                    }
                    return;
                }
            }
        }
        let generation = *self.generation.borrow();
        let partitions = watermarks.iter().map(|(partition, _)| partition.clone()).collect();
        self.phase = Phase::Claiming { watermarks };
        drop(self.jobs.send(Job::Claim { generation, partitions }));
    }

    /// Starts to read where the claims say, but for what Kafka does not have.
    fn start(&mut self, claimed: &[Claimed]) {
        let Phase::Claiming { watermarks } = std::mem::replace(&mut self.phase, Phase::Running) else {
            return;
        };
        let mut start = TopicPartitionList::new();
        for claim in claimed {
            self.assignment.insert(claim);
            let offset = Offset::Offset(claim.next_offset);
            let known =
                watermarks.iter().find(|(p, _)| p.topic == claim.topic && p.partition == claim.partition);
            let Some((partition, high)) = known else { continue };
            match out_of_range(claim.next_offset, partition.earliest, *high) {
                Some(reason) => self.halt(&claim.topic, claim.partition, &reason),
                None if start.add_partition_offset(&claim.topic, claim.partition, offset).is_ok() => {}
                None => self.halt(&claim.topic, claim.partition, "its offset is none"),
            }
        }
        if let Err(error) = self.consumer.assign(&start) {
            tracing::error!(
                error = &error as &dyn Error,
                "partitions cannot be read; the group is joined anew"
            );
            self.rejoin();
            return;
        }
        // librdkafka remembers a pause beyond the assignment in which it was asked for, and would read nothing.
        if let Err(error) = self.consumer.resume(&start) {
            tracing::warn!(error = &error as &dyn Error, "partitions are not resumed");
        }
        self.paused = false;
        self.progress_at = Instant::now();
        self.health.set_assigned(true);
    }

    fn give_back(&mut self) {
        self.tell_group();
        self.assignment.clear();
        self.health.forget_halted();
        self.phase = Phase::Idle;
        self.paused = false;
        if let Err(error) = self.consumer.unassign() {
            tracing::warn!(error = &error as &dyn Error, "partitions are not given back");
        }
    }

    fn rejoin(&mut self) {
        self.next_generation();
        self.health.set_assigned(false);
        self.assignment.clear();
        self.consumer.unsubscribe();
        // Not at once: if the other owner is alive, we would only take turns.
        self.rejoin_at = Some(Instant::now() + self.settings.backoff.0.max(Duration::from_millis(500)));
    }

    fn halt(&mut self, topic: &str, partition: i32, reason: &str) {
        tracing::error!(topic, partition, reason, "the partition is halted until somebody has looked at it");
        counter!("lp_consumer_halts_total", "topic" => topic.to_owned()).increment(1);
        self.health.halt(topic, partition, reason);
        self.filling.retain(|message| message.topic != topic || message.partition != partition);
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, partition);
        if let Some(position) = self.assignment.get_mut(topic, partition) {
            position.halted = true;
            // One that was never started has nothing to pause.
            drop(self.consumer.pause(&list));
        }
    }

    /// Finds the partitions whose next offset Kafka no longer has, after it said that there is one.
    fn recheck(&mut self) {
        let running: Vec<(String, i32, i64)> = self
            .assignment
            .running()
            .map(|(topic, partition, p)| (topic.to_owned(), partition, p.next))
            .collect();
        let mut found = false;
        for (topic, partition, next) in running {
            if self.stop.is_cancelled() {
                return;
            }
            match self.consumer.fetch_watermarks(&topic, partition, ASK_TIMEOUT) {
                Ok((low, high)) => {
                    if let Some(reason) = out_of_range(next, low, high) {
                        found = true;
                        self.halt(&topic, partition, &reason);
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        topic,
                        partition,
                        error = &error as &dyn Error,
                        "offsets are not checked for now"
                    );
                    self.recheck_at = Some(Instant::now() + self.settings.backoff.1);
                    return;
                }
            }
        }
        if !found && matches!(self.phase, Phase::Running) {
            tracing::warn!("Kafka refused an offset that it has; the group is joined anew");
            self.rejoin();
        }
    }

    fn look_for_topics(&mut self) {
        let mut missing = BTreeSet::new();
        for topic in &self.settings.topics {
            if self.stop.is_cancelled() {
                return;
            }
            match self.consumer.fetch_metadata(Some(topic), ASK_TIMEOUT) {
                Ok(metadata) => {
                    let exists =
                        metadata.topics().iter().any(|t| t.error().is_none() && !t.partitions().is_empty());
                    if !exists {
                        missing.insert(topic.clone());
                    }
                }
                Err(error) => {
                    tracing::warn!(topic, error = &error as &dyn Error, "topics cannot be looked for now");
                    self.look_for_topics_at = Some(Instant::now() + self.settings.metadata_refresh);
                    return;
                }
            }
        }
        for topic in &missing {
            tracing::error!(topic, "the topic does not exist");
        }
        self.look_for_topics_at =
            (!missing.is_empty()).then(|| Instant::now() + self.settings.metadata_refresh);
        self.health.set_missing_topics(missing);
    }

    fn tell_group(&mut self) {
        self.told_at = Instant::now();
        if !std::mem::take(&mut self.untold) {
            return;
        }
        let mut list = TopicPartitionList::new();
        for (topic, partition, position) in self.assignment.running() {
            drop(list.add_partition_offset(topic, partition, Offset::Offset(position.committed)));
        }
        if list.count() > 0
            && let Err(error) = self.consumer.commit(&list, CommitMode::Async)
        {
            tracing::debug!(error = &error as &dyn Error, "offsets are not told to the group");
        }
    }

    fn measure(&mut self, fetched: &[Fetched]) {
        self.lags = false;
        for Fetched { topic, partition, high, drained } in fetched {
            let Some(position) = self.assignment.get_mut(topic, *partition) else { continue };
            let lag =
                if *drained && position.committed == position.next { 0 } else { high - position.committed };
            self.lags |= lag > 0 && !position.halted;
            #[expect(
                clippy::cast_precision_loss,
                reason = "gauges are floating-point; exact far beyond any lag"
            )]
            gauge!("lp_consumer_lag", "topic" => topic.clone(), "partition" => partition.to_string())
                .set(lag.max(0) as f64);
        }
    }

    /// The watchdog: an error when messages wait and nothing moves, though nothing that we know of hinders it.
    fn watch(&mut self) -> Result<(), ConsumerError> {
        let hindered = !self.lags
            || !matches!(self.phase, Phase::Running)
            || !self.health.brokers_up()
            || self.health.sink_failing();
        if hindered {
            self.progress_at = Instant::now();
        }
        if self.progress_at.elapsed() > self.settings.watchdog {
            return Err(ConsumerError::Stalled(self.settings.watchdog));
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        let (messages, bytes) = (self.filling.len(), self.filling_bytes);
        messages > 0 && (messages >= self.settings.batch_max_messages || bytes >= BATCH_MAX_BYTES)
    }

    /// Gives the worker the next batch, if it is idle and the batch is full or has waited long enough.
    fn hand_over(&mut self) {
        let waited = self.filling_since.elapsed();
        let due = self.is_full() || waited >= self.settings.batch_max_wait;
        if self.filling.is_empty() || self.in_flight.is_some() || !due {
            return;
        }
        histogram!("lp_consumer_stage_seconds", "stage" => "collect").record(waited.as_secs_f64());
        let generation = *self.generation.borrow();
        let batch = self.assignment.batch(std::mem::take(&mut self.filling));
        self.in_flight = Some(Instant::now());
        drop(self.jobs.send(Job::Apply { generation, batch }));
        self.pause(false);
    }

    /// Back-pressure: true when polling may go on, because there is room or because reading is paused.
    fn wait_for_room(&mut self) -> bool {
        if self.paused {
            return true;
        }
        if self.in_flight.is_some_and(|since| since.elapsed() >= PAUSE_AFTER) {
            self.pause(true);
            return true;
        }
        if let Ok(done) = self.done.recv_timeout(BUSY_POLL) {
            self.on_done(done);
        }
        false
    }

    fn pause(&mut self, pause: bool) {
        if self.paused == pause {
            return;
        }
        let mut list = TopicPartitionList::new();
        for (topic, partition, _) in self.assignment.running() {
            list.add_partition(topic, partition);
        }
        let result = if pause { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        match result {
            Ok(()) => self.paused = pause,
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, pause, "reading is not paused or resumed");
            }
        }
    }

    /// Polls until there is nothing, the batch is full, or something else is to be seen to.
    fn fill(&mut self) -> Result<(), ConsumerError> {
        let busy = self.in_flight.is_some() || !self.filling.is_empty();
        let mut timeout = if busy { BUSY_POLL } else { IDLE_POLL };
        for _ in 0..self.settings.batch_max_messages {
            match self.consumer.poll(timeout) {
                None => break,
                Some(Ok(message)) => {
                    let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
                    let ours = matches!(self.phase, Phase::Running)
                        && self.assignment.take_in(topic, partition, offset);
                    if ours {
                        if self.filling.is_empty() {
                            self.filling_since = Instant::now();
                            self.filling_bytes = 0;
                        }
                        self.filling_bytes += message.payload_len() + message.key_len();
                        self.filling.push(owned(&message));
                        if self.is_full() {
                            break;
                        }
                    }
                }
                Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                    return Err(ConsumerError::Fatal(code));
                }
                Some(Err(error)) => {
                    match error.rdkafka_error_code() {
                        Some(RDKafkaErrorCode::AutoOffsetReset) => self.recheck_at = Some(Instant::now()),
                        Some(
                            RDKafkaErrorCode::UnknownTopicOrPartition
                            | RDKafkaErrorCode::UnknownTopic
                            | RDKafkaErrorCode::UnknownPartition,
                        ) => {
                            self.look_for_topics_at.get_or_insert_with(Instant::now);
                        }
                        _ => {}
                    }
                    tracing::warn!(error = &error as &dyn Error, "Kafka has an error");
                    break;
                }
            }
            timeout = Duration::ZERO;
        }
        Ok(())
    }
}

/// Why an offset cannot be read, if so.
fn out_of_range(next: i64, low: i64, high: i64) -> Option<String> {
    if next < low {
        return Some(format!("{} messages from offset {next} on are no longer in Kafka", low - next));
    }
    (next > high).then(|| {
        format!(
            "offset {next} lies beyond Kafka's end, {high}: messages were lost or the topic was created anew"
        )
    })
}

fn owned(message: &BorrowedMessage<'_>) -> Message {
    // The binding panics at a header name that is not UTF-8. Without headers, the message is one that cannot be read.
    let headers = catch_unwind(AssertUnwindSafe(|| {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        headers.map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect()
    }));
    Message {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}
