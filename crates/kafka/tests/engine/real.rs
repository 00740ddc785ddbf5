//! What the mock cluster cannot play, against a real broker. Run with its address in `LP_TEST_KAFKA`:
//! `cargo test -p lp-kafka --test engine -- --ignored`.

use std::time::Duration;

use lp_kafka::{Connection, ConsumerSettings};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use uuid::Uuid;

use crate::support::{Database, Running, numbers, until};

struct Broker {
    servers: String,
    topic: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Broker {
    fn new() -> Self {
        let servers = std::env::var("LP_TEST_KAFKA").unwrap();
        let admin = ClientConfig::new().set("bootstrap.servers", &servers).create().unwrap();
        Self { servers, topic: format!("test-{}", Uuid::new_v4()), admin }
    }

    async fn create(&self, partitions: i32) {
        let topic = NewTopic::new(&self.topic, partitions, TopicReplication::Fixed(1));
        self.admin.create_topics([&topic], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    }

    async fn delete(&self) {
        self.admin.delete_topics(&[&self.topic], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    }

    fn producer(&self, transactional: bool) -> FutureProducer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        if transactional {
            config.set("transactional.id", &self.topic);
        }
        config.create().unwrap()
    }

    async fn produce(&self, producer: &FutureProducer, partition: i32, range: std::ops::Range<usize>) {
        for payload in numbers(range) {
            let record = FutureRecord::to(&self.topic).partition(partition).key("k").payload(&payload);
            producer.send(record, Duration::from_secs(10)).await.unwrap();
        }
    }

    fn settings(&self) -> ConsumerSettings {
        let connection = Connection::plaintext(&self.servers);
        let mut settings = ConsumerSettings::new(connection, &self.topic, vec![self.topic.clone()]);
        settings.session_timeout = Duration::from_secs(6);
        settings.metadata_refresh = Duration::from_millis(500);
        settings.backoff = (Duration::from_millis(20), Duration::from_millis(200));
        settings
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker in LP_TEST_KAFKA"]
async fn fault_17_new_partitions_are_found_and_read_from_their_start() {
    let broker = Broker::new();
    broker.create(1).await;
    broker.produce(&broker.producer(false), 0, 0..100).await;
    let database = Database::default();
    let running = Running::start(broker.settings(), &database);
    until("the first are applied", || database.total() == 100).await;
    let more = NewPartitions::new(&broker.topic, 3);
    broker.admin.create_partitions([&more], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    let producer = broker.producer(false);
    until("the producer knows them", || {
        let metadata = producer.client().fetch_metadata(Some(&broker.topic), Duration::from_secs(5)).unwrap();
        metadata.topics()[0].partitions().len() == 3
    })
    .await;
    for partition in 0..3 {
        broker.produce(&producer, partition, 100..200).await;
    }
    until("all are applied", || database.total() == 400).await;
    running.stop().await;
    assert!(database.store().applied[&2].iter().cloned().eq(numbers(100..200)));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker in LP_TEST_KAFKA"]
async fn fault_18_a_topic_made_late_is_found() {
    let broker = Broker::new();
    let database = Database::default();
    let running = Running::start(broker.settings(), &database);
    until("it is not ready", || running.health.ready().is_err_and(|why| why.contains("does not exist")))
        .await;
    broker.create(2).await;
    broker.produce(&broker.producer(false), 1, 0..10).await;
    until("all are applied", || database.total() == 10).await;
    until("it is ready", || running.health.ready().is_ok()).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker in LP_TEST_KAFKA"]
async fn fault_19_a_topic_made_anew_halts_until_it_is_accepted() {
    let broker = Broker::new();
    broker.create(1).await;
    broker.produce(&broker.producer(false), 0, 0..100).await;
    let database = Database::default();
    let running = Running::start(broker.settings(), &database);
    until("the first are applied", || database.total() == 100).await;
    broker.delete().await;
    until("it is not ready", || running.health.ready().is_err()).await;
    broker.create(1).await;
    broker.produce(&broker.producer(false), 0, 0..10).await;
    until("it halts", || !running.health.halted().is_empty()).await;
    running.stop().await;
    assert_eq!(database.total(), 100);
    // An operator accepts what there is now.
    let connection = Connection::plaintext(&broker.servers);
    let probed =
        lp_kafka::probe(&connection, std::slice::from_ref(&broker.topic), Duration::from_secs(10)).unwrap();
    let (partition, oldest, next) = probed[0].partitions[0];
    assert_eq!((partition, oldest, next), (0, 0, 10));
    database.store().offsets.insert((broker.topic.clone(), partition), (oldest, 7));
    let running = Running::start(broker.settings(), &database);
    until("what is new is applied", || database.total() == 110).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker in LP_TEST_KAFKA"]
async fn fault_25_aborted_messages_are_not_seen_and_their_markers_are_no_lag() {
    let broker = Broker::new();
    broker.create(1).await;
    let producer = broker.producer(true);
    let timeout = Duration::from_secs(30);
    producer.init_transactions(timeout).unwrap();
    producer.begin_transaction().unwrap();
    broker.produce(&producer, 0, 0..10).await;
    producer.commit_transaction(timeout).unwrap();
    producer.begin_transaction().unwrap();
    broker.produce(&producer, 0, 10..20).await;
    producer.abort_transaction(timeout).unwrap();
    let database = Database::default();
    let mut settings = broker.settings();
    settings.watchdog = Duration::from_secs(3);
    let running = Running::start(settings, &database);
    until("the committed are applied", || database.total() == 10).await;
    // Longer than the watchdog would bear a lag.
    let since = std::time::Instant::now();
    until("the watchdog has had its time", || since.elapsed() > Duration::from_secs(6)).await;
    assert!(!running.task.is_finished());
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..10)));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker in LP_TEST_KAFKA"]
async fn fault_08_a_storm_of_rebalances_applies_everything_once() {
    let broker = Broker::new();
    broker.create(6).await;
    let database = Database::default();
    let steady = Running::start(broker.settings(), &database);
    let producer = broker.producer(false);
    for round in 0..5 {
        let passing = Running::start(broker.settings(), &database);
        for partition in 0..6 {
            broker.produce(&producer, partition, round * 50..(round + 1) * 50).await;
        }
        let wanted = (round + 1) * 300;
        until("the round is applied", || database.total() == wanted).await;
        passing.stop().await;
    }
    steady.stop().await;
    assert!(database.store().applied.values().all(|applied| applied.iter().cloned().eq(numbers(0..250))));
}
