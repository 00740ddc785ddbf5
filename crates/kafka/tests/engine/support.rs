use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use lp_inbox::{Message, Quarantined};
use lp_kafka::{
    Applied, Batch, Claimed, Connection, ConsumerError, ConsumerHealth, ConsumerSettings, Sink, SinkError,
    TopicPartition,
};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const TOPIC: &str = "test-learning-badges-lifecycle";

pub(crate) struct Kafka {
    pub(crate) cluster: MockCluster<'static, DefaultProducerContext>,
    producer: FutureProducer,
}

impl Kafka {
    pub(crate) fn new(partitions: i32) -> Self {
        let kafka = Self::without_topic();
        kafka.cluster.create_topic(TOPIC, partitions, 1).unwrap();
        kafka
    }

    pub(crate) fn without_topic() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let producer = rdkafka::ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("queue.buffering.max.kbytes", "65536")
            .create()
            .unwrap();
        Self { cluster, producer }
    }

    pub(crate) async fn produce(&self, partition: i32, payloads: impl IntoIterator<Item = String>) {
        let payloads: Vec<String> = payloads.into_iter().collect();
        let sent = payloads.iter().map(|payload| {
            self.producer
                .send_result(FutureRecord::to(TOPIC).partition(partition).key("k").payload(payload))
                .unwrap_or_else(|(error, _)| panic!("{error}"))
        });
        for sent in sent.collect::<Vec<_>>() {
            sent.await.unwrap().unwrap();
        }
    }

    pub(crate) fn settings(&self) -> ConsumerSettings {
        let connection = Connection::plaintext(self.cluster.bootstrap_servers());
        let mut settings = ConsumerSettings::new(connection, "group", vec![TOPIC.to_owned()]);
        settings.session_timeout = Duration::from_secs(6);
        settings.metadata_refresh = Duration::from_millis(500);
        settings.backoff = (Duration::from_millis(20), Duration::from_millis(200));
        settings
    }
}

/// What Postgres would hold.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) offsets: HashMap<(String, i32), (i64, i64)>,
    /// By partition, in the order of their application.
    pub(crate) applied: BTreeMap<i32, Vec<String>>,
    pub(crate) quarantined: usize,
    pub(crate) batches: usize,
    pub(crate) largest_batch: usize,
    pub(crate) attempts: usize,
    /// Batches with messages of this partition are refused.
    pub(crate) refused: Option<i32>,
    /// How many tries from now on fail.
    pub(crate) failures: usize,
    /// While true, a batch is held before it is written.
    pub(crate) hold: bool,
    pub(crate) holding: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Database(Arc<Mutex<Store>>);

impl Database {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap()
    }

    pub(crate) fn total(&self) -> usize {
        self.store().applied.values().map(Vec::len).sum()
    }

    /// Another owner claims everything.
    pub(crate) fn overtake(&self) {
        self.store().offsets.values_mut().for_each(|(_, epoch)| *epoch += 1);
    }
}

pub(crate) struct FakeSink(pub(crate) Database);

impl Sink for FakeSink {
    async fn claim(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Claimed>, SinkError> {
        let mut store = self.0.store();
        let claimed = partitions.iter().map(|p| {
            let (next_offset, epoch) =
                store.offsets.entry((p.topic.clone(), p.partition)).or_insert((p.earliest, 0));
            *epoch += 1;
            Claimed {
                topic: p.topic.clone(),
                partition: p.partition,
                next_offset: *next_offset,
                epoch: *epoch,
            }
        });
        Ok(claimed.collect())
    }

    async fn apply(&mut self, batch: &Batch) -> Result<Applied, SinkError> {
        self.0.store().attempts += 1;
        while self.0.store().hold {
            self.0.store().holding = true;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut store = self.0.store();
        if store.failures > 0 {
            store.failures -= 1;
            return Err(SinkError::Retry("the database is away".into()));
        }
        if batch.messages.iter().any(|m| Some(m.partition) == store.refused) {
            let (reason, source) = ("a constraint is violated".into(), "23514".into());
            return Err(SinkError::Refused { reason, source });
        }
        let poison: Vec<Quarantined> =
            batch.messages.iter().filter(|m| text(m) == "poison").map(put_aside).collect();
        let applied = batch.applied(&poison)?;
        for step in &batch.advances {
            if store.offsets[&(step.topic.clone(), step.partition)] != (step.from, step.epoch) {
                return Err(SinkError::Fenced);
            }
        }
        for step in &batch.advances {
            store.offsets.insert((step.topic.clone(), step.partition), (step.to, step.epoch));
        }
        store.quarantined += poison.len();
        store.batches += 1;
        store.largest_batch = store.largest_batch.max(batch.messages.len());
        for message in batch.messages.iter().filter(|m| text(m) != "poison") {
            store.applied.entry(message.partition).or_default().push(text(message));
        }
        Ok(applied)
    }
}

fn text(message: &Message) -> String {
    String::from_utf8(message.payload.clone().unwrap()).unwrap()
}

fn put_aside(message: &Message) -> Quarantined {
    Quarantined { message: message.clone(), reason: "truncated".into(), detail: String::new() }
}

pub(crate) struct Running {
    pub(crate) health: ConsumerHealth,
    pub(crate) cancel: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), ConsumerError>>,
}

/// A consumer of one partition that has applied the numbers up to 10.
pub(crate) async fn ten_applied() -> (Kafka, Database, Running) {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..10)).await;
    let database = Database::default();
    let running = Running::start(kafka.settings(), &database);
    until("the first are applied", || database.total() == 10).await;
    (kafka, database, running)
}

impl Running {
    pub(crate) fn start(settings: ConsumerSettings, database: &Database) -> Self {
        let health = ConsumerHealth::default();
        let cancel = CancellationToken::new();
        let sink = FakeSink(database.clone());
        let task = tokio::spawn(lp_kafka::run_consumer(settings, sink, health.clone(), cancel.clone()));
        Self { health, cancel, task }
    }

    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap().unwrap();
    }
}

pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn numbers(range: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    range.map(|n| n.to_string())
}
