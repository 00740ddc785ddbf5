use std::time::{Duration, Instant};

use lp_kafka::ConsumerError;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::support::{Database, Kafka, Running, TOPIC, numbers, ten_applied, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_database_is_waited_out_and_nothing_is_skipped() {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..100)).await;
    let database = Database::default();
    database.store().failures = 8;
    let running = Running::start(kafka.settings(), &database);
    until("readiness falls", || running.health.ready().is_err_and(|why| why.contains("written"))).await;
    until("all are applied", || database.total() == 100).await;
    until("readiness returns", || running.health.ready().is_ok()).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_09_a_fenced_batch_is_dropped_and_read_again_by_whoever_claims() {
    let (kafka, database, running) = ten_applied().await;
    database.overtake();
    kafka.produce(0, numbers(10..20)).await;
    until("the rest is applied", || database.total() == 20).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..20)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_48_a_partition_of_poison_halts_and_others_go_on() {
    let kafka = Kafka::new(2);
    kafka.produce(0, numbers(0..5)).await;
    kafka.produce(0, (0..500).map(|_| "poison".to_owned())).await;
    kafka.produce(1, numbers(0..100)).await;
    let database = Database::default();
    let mut settings = kafka.settings();
    settings.poison_limit = 20;
    settings.batch_max_messages = 10;
    let running = Running::start(settings, &database);
    until("the partition halts", || running.health.halted().len() == 1).await;
    kafka.produce(1, numbers(100..200)).await;
    until("the other goes on", || database.store().applied.get(&1).is_some_and(|a| a.len() == 200)).await;
    assert!(running.health.ready().is_err_and(|why| why.contains("halted")));
    running.stop().await;
    let store = database.store();
    assert!(store.quarantined <= 20);
    assert!(store.offsets[&(TOPIC.to_owned(), 0)].0 <= 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_poison_message_is_put_aside_and_its_neighbours_are_applied() {
    let kafka = Kafka::new(1);
    for n in 0..50 {
        kafka.produce(0, [n.to_string(), "poison".to_owned()]).await;
    }
    let database = Database::default();
    let mut settings = kafka.settings();
    settings.poison_limit = 1;
    let running = Running::start(settings, &database);
    until("all are applied", || database.total() == 50 && database.store().quarantined == 50).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_20_an_offset_that_kafka_no_longer_has_halts_the_partition() {
    let kafka = Kafka::new(2);
    // The mock broker keeps some 5 MiB a partition.
    let large = "x".repeat(100_000);
    kafka.produce(0, (0..100).map(|_| large.clone())).await;
    kafka.produce(1, numbers(0..10)).await;
    let database = Database::default();
    database.store().offsets.insert((TOPIC.to_owned(), 0), (0, 1));
    let running = Running::start(kafka.settings(), &database);
    until("the other is applied", || database.total() == 10).await;
    let halted = running.health.halted();
    assert!(halted[0].1 == 0 && halted[0].2.contains("no longer"), "{halted:?}");
    running.stop().await;
    assert_eq!(database.store().offsets[&(TOPIC.to_owned(), 0)].0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_19_21_an_offset_beyond_the_end_halts_the_partition() {
    let kafka = Kafka::new(2);
    kafka.produce(0, numbers(0..10)).await;
    kafka.produce(1, numbers(0..10)).await;
    let database = Database::default();
    database.store().offsets.insert((TOPIC.to_owned(), 0), (11, 1));
    let running = Running::start(kafka.settings(), &database);
    until("the other is applied", || database.total() == 10).await;
    let halted = running.health.halted();
    assert!(halted[0].1 == 0 && halted[0].2.contains("beyond"), "{halted:?}");
    running.stop().await;
    // An operator accepts what is there.
    database.store().offsets.insert((TOPIC.to_owned(), 0), (0, 3));
    let running = Running::start(kafka.settings(), &database);
    until("it is read from its start", || database.total() == 20).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_18_a_missing_topic_is_told_and_read_once_it_is_there() {
    let kafka = Kafka::without_topic();
    // The mock broker makes any topic it is asked for, unless it has an error.
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    kafka.cluster.create_topic(TOPIC, 1, 1).unwrap();
    kafka.cluster.topic_error(TOPIC, error).unwrap();
    let database = Database::default();
    let running = Running::start(kafka.settings(), &database);
    until("it is not ready", || running.health.ready().is_err_and(|why| why.contains("does not exist")))
        .await;
    kafka.cluster.topic_error(TOPIC, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).unwrap();
    kafka.produce(0, numbers(0..10)).await;
    until("all are applied", || database.total() == 10).await;
    until("it is ready", || running.health.ready().is_ok()).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_22_a_broker_that_goes_and_comes_back_is_waited_for() {
    let (kafka, database, running) = ten_applied().await;
    kafka.cluster.broker_down(1).unwrap();
    until("it is not ready", || running.health.ready().is_err()).await;
    kafka.cluster.broker_up(1).unwrap();
    kafka.produce(0, numbers(10..20)).await;
    until("the rest is applied", || database.total() == 20).await;
    until("it is ready", || running.health.ready().is_ok()).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..20)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_71_it_stops_in_time_though_no_broker_answers() {
    let (kafka, _, running) = ten_applied().await;
    kafka.cluster.broker_down(1).unwrap();
    let asked = Instant::now();
    running.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_27_messages_that_wait_without_progress_end_the_consumer() {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..10)).await;
    let database = Database::default();
    database.store().hold = true;
    let mut settings = kafka.settings();
    settings.watchdog = Duration::from_secs(2);
    settings.drain_timeout = Duration::from_millis(200);
    let running = Running::start(settings, &database);
    let ended = tokio::time::timeout(Duration::from_mins(1), running.task).await.unwrap().unwrap();
    assert!(matches!(ended, Err(ConsumerError::Stalled(_))));
    assert_eq!(database.total(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_23_a_coordinator_that_refuses_changes_nothing() {
    let (kafka, database, running) = ten_applied().await;
    let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    for request in [RDKafkaApiKey::OffsetCommit, RDKafkaApiKey::Heartbeat, RDKafkaApiKey::JoinGroup] {
        kafka.cluster.request_errors(request, &[moved, moved]);
    }
    kafka.produce(0, numbers(10..20)).await;
    until("the rest is applied", || database.total() == 20).await;
    until("it is ready", || running.health.ready().is_ok()).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..20)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_11_24_a_broker_that_stalls_costs_readiness_and_no_message() {
    let (kafka, database, running) = ten_applied().await;
    kafka.cluster.broker_round_trip_time(1, Duration::from_secs(10)).unwrap();
    until("it is not ready", || running.health.ready().is_err()).await;
    assert!(!running.task.is_finished());
    kafka.cluster.broker_round_trip_time(1, Duration::ZERO).unwrap();
    kafka.produce(0, numbers(10..20)).await;
    until("the rest is applied", || database.total() == 20).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..20)));
}
