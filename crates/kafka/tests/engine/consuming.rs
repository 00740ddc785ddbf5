use std::time::{Duration, Instant};

use crate::support::{Database, Kafka, Running, TOPIC, numbers, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_applied_once_in_order_and_offsets_follow() {
    let kafka = Kafka::new(2);
    kafka.produce(0, numbers(0..3_000)).await;
    kafka.produce(1, numbers(0..500)).await;
    let database = Database::default();
    let running = Running::start(kafka.settings(), &database);
    until("all are applied", || database.total() == 3_500).await;
    until("it is ready", || running.health.ready().is_ok()).await;
    running.stop().await;
    let store = database.store();
    assert!(store.applied[&0].iter().cloned().eq(numbers(0..3_000)));
    assert!(store.applied[&1].iter().cloned().eq(numbers(0..500)));
    assert_eq!(store.offsets[&(TOPIC.to_owned(), 0)].0, 3_000);
    assert!(store.largest_batch <= 2_000);
    assert!(store.batches < 100, "messages are applied in batches, not one by one");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_05_the_next_owner_starts_where_the_database_says() {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..100)).await;
    let database = Database::default();
    let first = Running::start(kafka.settings(), &database);
    until("all are applied", || database.total() == 100).await;
    first.stop().await;
    // As after a failover to a standby that lacks the last commits: offsets and effects went back together.
    database.store().offsets.insert((TOPIC.to_owned(), 0), (40, 1));
    database.store().applied.get_mut(&0).unwrap().truncate(40);
    let second = Running::start(kafka.settings(), &database);
    until("the rest is applied again", || database.total() == 100).await;
    second.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_07_29_two_consumers_share_partitions_and_apply_nothing_twice() {
    let kafka = Kafka::new(4);
    let database = Database::default();
    let first = Running::start(kafka.settings(), &database);
    until("the first has partitions", || first.health.ready().is_ok()).await;
    for partition in 0..4 {
        kafka.produce(partition, numbers(0..500)).await;
    }
    let second = Running::start(kafka.settings(), &database);
    until("the second has partitions", || second.health.ready().is_ok()).await;
    until("the first is back", || first.health.ready().is_ok()).await;
    for partition in 0..4 {
        kafka.produce(partition, numbers(500..1_000)).await;
    }
    until("all are applied", || database.total() == 4_000).await;
    first.stop().await;
    for partition in 0..4 {
        kafka.produce(partition, numbers(1_000..1_100)).await;
    }
    until("the second took over", || database.total() == 4_400).await;
    second.stop().await;
    for applied in database.store().applied.values() {
        assert!(applied.iter().cloned().eq(numbers(0..1_100)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sink_holds_reading_back_and_loses_nothing() {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..300)).await;
    let database = Database::default();
    database.store().hold = true;
    let mut settings = kafka.settings();
    settings.batch_max_messages = 50;
    let running = Running::start(settings, &database);
    until("a batch is held", || database.store().holding).await;
    let held = Instant::now();
    // Longer than the engine waits before it pauses its partitions.
    until("reading has been paused", || held.elapsed() > Duration::from_millis(1_500)).await;
    kafka.produce(0, numbers(300..1_000)).await;
    database.store().hold = false;
    until("all are applied", || database.total() == 1_000).await;
    running.stop().await;
    assert!(database.store().applied[&0].iter().cloned().eq(numbers(0..1_000)));
    assert!(database.store().largest_batch <= 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_70_a_cancelled_consumer_finishes_the_batch_in_flight() {
    let kafka = Kafka::new(1);
    kafka.produce(0, numbers(0..10)).await;
    let database = Database::default();
    database.store().hold = true;
    let running = Running::start(kafka.settings(), &database);
    until("a batch is in flight", || database.store().holding).await;
    running.cancel.cancel();
    database.store().hold = false;
    running.stop().await;
    let store = database.store();
    let applied = store.applied.values().map(Vec::len).sum::<usize>();
    assert!(applied > 0);
    assert_eq!(store.offsets[&(TOPIC.to_owned(), 0)].0, i64::try_from(applied).unwrap());
}
