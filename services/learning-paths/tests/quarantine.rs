//! `quarantine`, on a database with one message that cannot be read, or could not.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use chrono::{TimeDelta, Utc};
use lp_devstack::Registry;
use lp_devstack::lms::{Sender, Writer};
use lp_inbox::{Message, Quarantined};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::process::Command;
use uuid::Uuid;

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

async fn quarantine(pool: &PgPool, registry: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_learning-paths"))
        .arg("quarantine")
        .args(arguments)
        .env_clear()
        .env("LP_DATABASE_URL", pool.connect_options().to_url_lossy().as_str())
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
        .env("LP_SCHEMA_REGISTRY_URL", registry)
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_message_is_listed_shown_and_stays_until_it_can_be_read(pool: PgPool) {
    let message = Message {
        topic: "learning-badges-lifecycle".into(),
        partition: 2,
        offset: 40,
        key: None,
        payload: Some(b"canary@example.com".to_vec()),
        // No `ce_id`, nor the others.
        headers: vec![
            ("ce_type".into(), Some(b"org.openedx.learning.course.passing.status.updated.v1".to_vec())),
            ("ce_source".into(), Some(b"evil\x1b[31m".to_vec())),
        ],
    };
    let poison = Quarantined { message, reason: "magic_byte".into(), detail: "not framed".into() };
    lp_inbox::insert(&mut pool.acquire().await.unwrap(), &[poison]).await.unwrap();

    let (code, list) = quarantine(&pool, NOWHERE, &["list"]).await;
    assert_eq!(code, Some(0), "{list}");
    assert!(list.contains("learning-badges-lifecycle/2@40") && list.contains("1 waiting"), "{list}");
    let (_, other) = quarantine(&pool, NOWHERE, &["list", "--reason", "truncated"]).await;
    assert!(other.contains("0 shown, 1 waiting"), "{other}");

    let (code, shown) = quarantine(&pool, NOWHERE, &["show", "1"]).await;
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("18 bytes") && shown.contains("evil\\x1b[31m"), "{shown}");
    assert!(!shown.contains("canary"), "a payload is only written when it is asked for: {shown}");
    assert_eq!(quarantine(&pool, NOWHERE, &["show", "1", "--payload"]).await.1, "canary@example.com");
    assert_eq!(quarantine(&pool, NOWHERE, &["show", "2"]).await.0, Some(1));

    let (code, replayed) = quarantine(&pool, NOWHERE, &["replay", "--all"]).await;
    assert_eq!(code, Some(1), "{replayed}");
    assert!(replayed.contains("0 replayed, 1 not"), "{replayed}");
    assert!(!replayed.contains("canary"), "{replayed}");
}

/// What Kafka would hand over of a passed course, from a producer that uses this registry.
async fn passed(registry: &Registry, event_id: Uuid) -> Message {
    let mut sender = Sender::new("127.0.0.1:9", &registry.url(), None).unwrap();
    let at = Utc::now() - TimeDelta::days(1);
    let passing = Writer { learner: 7 }.passing(event_id, at, "course-v1:Org+C+2026", true);
    let record = sender.record(&passing).await.unwrap();
    let headers = record.headers.into_iter().map(|(name, value)| (name.into(), Some(value.into())));
    Message {
        topic: record.topic,
        partition: 0,
        offset: 5,
        key: Some(record.key),
        payload: Some(record.value),
        headers: headers.collect(),
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_32_a_message_whose_schema_was_unknown_is_replayed_once_the_registry_has_it(pool: PgPool) {
    let event_id = Uuid::now_v7();
    let message = passed(&Registry::start().await.unwrap(), event_id).await;
    let quarantined = Quarantined { message, reason: "schema_unknown".into(), detail: "schema 2".into() };
    lp_inbox::insert(&mut pool.acquire().await.unwrap(), &[quarantined]).await.unwrap();
    let facts = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM fact_journal").fetch_one(&pool).await.unwrap()
    };

    let registry = Registry::start().await.unwrap();
    let (code, refused) = quarantine(&pool, &registry.url(), &["replay", "1"]).await;
    assert_eq!(code, Some(1), "{refused}");
    assert!(refused.contains("1: not replayed: "), "{refused}");
    assert_eq!(facts().await, 0);

    // Another producer registers the same schemas, in the same order and thus by the same numbers.
    passed(&registry, Uuid::now_v7()).await;
    let (code, replayed) = quarantine(&pool, &registry.url(), &["replay", "--all"]).await;
    assert_eq!(code, Some(0), "{replayed}");
    assert!(replayed.contains("1: replayed") && replayed.contains("1 replayed, 0 not"), "{replayed}");
    assert_eq!(facts().await, 1);

    let (_, list) = quarantine(&pool, NOWHERE, &["list"]).await;
    assert!(list.contains("0 shown, 0 waiting"), "{list}");
    let (_, list) = quarantine(&pool, NOWHERE, &["list", "--replayed"]).await;
    assert!(list.contains("replayed  schema_unknown") && list.contains("1 shown, 0 waiting"), "{list}");
    let (_, none) = quarantine(&pool, &registry.url(), &["replay", "--all"]).await;
    assert!(none.contains("0 replayed, 0 not"), "{none}");
    // By its number it can be replayed again, which changes nothing.
    let (code, again) = quarantine(&pool, &registry.url(), &["replay", "1"]).await;
    assert_eq!(code, Some(0), "{again}");
    assert_eq!(facts().await, 1);
}
