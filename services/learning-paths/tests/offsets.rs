//! `offsets`, with what Kafka has and what the database believes.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::process::Command;

use lp_devstack::MockKafka;
use sqlx::{ConnectOptions as _, PgPool};

const TOPIC: &str = "learning-badges-lifecycle";

/// Runs it with this database as the one that the arguments choose, and no other.
fn offsets(pool: &PgPool, kafka: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let credentials = arguments.contains(&"credentials");
    let setting = if credentials { "LP_CREDENTIALS_DATABASE_URL" } else { "LP_DATABASE_URL" };
    let output = Command::new(env!("CARGO_BIN_EXE_learning-paths"))
        .arg("offsets")
        .args(arguments)
        .env_clear()
        .env(setting, pool.connect_options().to_url_lossy().as_str())
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", kafka)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Partitions 0 to 2 were claimed and stand at 100, 101, 102.
async fn stored(pool: &PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    for partition in 0..3 {
        lp_inbox::claim(&mut conn, TOPIC, partition, 100 + i64::from(partition)).await.unwrap();
    }
}

/// The next offset and the epoch of each partition.
async fn stands(pool: &PgPool) -> Vec<(i64, i64)> {
    let stored = lp_inbox::list_offsets(&mut pool.acquire().await.unwrap()).await.unwrap();
    stored.iter().map(|stored| (stored.next_offset, stored.epoch)).collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_19_a_topic_made_anew_is_accepted_from_its_oldest_messages_on(pool: PgPool) {
    stored(&pool).await;
    let kafka = MockKafka::start(&[TOPIC], 2).unwrap();
    let servers = kafka.bootstrap_servers();

    let (code, list) = offsets(&pool, "127.0.0.1:9", &["list"]);
    assert_eq!(code, Some(0), "{list}");
    assert!(list.lines().any(|line| line.starts_with(TOPIC) && line.contains("  102  ")), "{list}");

    let (code, one) = offsets(&pool, &servers, &["accept", TOPIC, "--partition", "1"]);
    assert_eq!(code, Some(0), "{one}");
    assert!(one.contains("learning-badges-lifecycle/1: 101 → 0") && !one.contains("/0:"), "{one}");
    assert_eq!(stands(&pool).await, [(100, 1), (0, 2), (102, 1)]);

    // The topic has fewer partitions than it had.
    let (code, all) = offsets(&pool, &servers, &["accept", TOPIC]);
    assert_eq!(code, Some(0), "{all}");
    assert!(all.contains("/0: 100 → 0") && all.contains("/2: not in Kafka, stays at 102"), "{all}");
    assert_eq!(stands(&pool).await, [(0, 2), (0, 3), (102, 1)]);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn what_cannot_be_accepted_is_said_plainly_and_changes_nothing(pool: PgPool) {
    stored(&pool).await;
    let kafka = MockKafka::start(&[TOPIC, "other-topic"], 2).unwrap();
    let servers = kafka.bootstrap_servers();
    for (kafka, arguments, told) in [
        (servers.as_str(), &["accept", "no-such-topic"][..], "Kafka has no topic no-such-topic"),
        (&servers, &["accept", TOPIC, "--partition", "2"], "Kafka has no partition 2 of"),
        (&servers, &["accept", TOPIC, "--partition", "7"], "no offset of partition 7 of"),
        (&servers, &["accept", "other-topic"], "no offset of other-topic is stored"),
        ("127.0.0.1:9", &["accept", TOPIC], "127.0.0.1:9 does not answer"),
    ] {
        let arguments = [arguments, &["--database", "credentials"]].concat();
        let (code, answer) = offsets(&pool, kafka, &arguments);
        assert_eq!(code, Some(1), "{answer}");
        assert!(answer.contains(told), "{told} is missing in\n{answer}");
    }
    assert_eq!(stands(&pool).await, [(100, 1), (101, 1), (102, 1)]);
}
