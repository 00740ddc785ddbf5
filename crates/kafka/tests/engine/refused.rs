//! Batches that the database refuses for what is in them.

use crate::support::{Database, Kafka, Running, TOPIC, numbers, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_halts_the_guilty_partition_only_and_nobody_loses_anything() {
    let kafka = Kafka::new(3);
    for partition in 0..3 {
        kafka.produce(partition, numbers(0..200)).await;
    }
    let database = Database::default();
    database.store().refused = Some(1);
    let running = Running::start(kafka.settings(), &database);
    until("the others are applied", || database.total() == 400).await;
    until("the guilty one halts", || running.health.halted().len() == 1).await;
    let (topic, partition, reason) = running.health.halted().remove(0);
    assert_eq!((topic.as_str(), partition, reason.as_str()), (TOPIC, 1, "a constraint is violated"));

    for partition in 0..3 {
        kafka.produce(partition, numbers(200..300)).await;
    }
    until("the others go on", || database.total() == 600).await;
    running.stop().await;
    assert_eq!(database.store().offsets[&(TOPIC.to_owned(), 1)].0, 0);

    // What it was refused for is mended.
    database.store().refused = None;
    let running = Running::start(kafka.settings(), &database);
    until("the rest is applied", || database.total() == 900).await;
    running.stop().await;
    for applied in database.store().applied.values() {
        assert!(applied.iter().cloned().eq(numbers(0..300)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_in_a_row_is_counted_on_when_partitions_are_applied_alone() {
    let kafka = Kafka::new(2);
    kafka.produce(0, (0..40).map(|_| "poison".to_owned())).await;
    kafka.produce(1, numbers(0..10)).await;
    let database = Database::default();
    database.store().refused = Some(1);
    let mut settings = kafka.settings();
    settings.poison_limit = 30;
    settings.batch_max_messages = 25;
    let running = Running::start(settings, &database);
    until("both halt", || running.health.halted().len() == 2).await;
    running.stop().await;
    assert!(database.store().quarantined <= 30);
    assert_eq!(database.total(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_09_an_owner_overtaken_among_partitions_applied_alone_repeats_nothing() {
    let kafka = Kafka::new(3);
    let database = Database::default();
    let running = Running::start(kafka.settings(), &database);
    until("it is ready", || running.health.ready().is_ok()).await;
    // Each partition applied alone finds another owner, and is claimed and read again.
    database.store().refused = Some(1);
    database.overtake();
    for partition in 0..3 {
        kafka.produce(partition, numbers(0..100)).await;
    }
    until("the others are applied", || database.total() == 200).await;
    until("the guilty one halts", || running.health.halted().len() == 1).await;
    running.stop().await;
    for partition in [0, 2] {
        assert!(database.store().applied[&partition].iter().cloned().eq(numbers(0..100)));
    }
}
