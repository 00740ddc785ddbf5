//! `quarantine`, on a database with one message that cannot be read.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::process::Command;

use lp_inbox::{Message, Quarantined};
use sqlx::{ConnectOptions as _, PgPool};

fn quarantine(pool: &PgPool, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_learning-paths"))
        .arg("quarantine")
        .args(arguments)
        .env_clear()
        .env("LP_DATABASE_URL", pool.connect_options().to_url_lossy().as_str())
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
        .env("LP_SCHEMA_REGISTRY_URL", "http://127.0.0.1:9")
        .output()
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

    let (code, list) = quarantine(&pool, &["list"]);
    assert_eq!(code, Some(0), "{list}");
    assert!(list.contains("learning-badges-lifecycle/2@40") && list.contains("1 waiting"), "{list}");
    let (_, other) = quarantine(&pool, &["list", "--reason", "truncated"]);
    assert!(other.contains("0 shown, 1 waiting"), "{other}");

    let (code, shown) = quarantine(&pool, &["show", "1"]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("18 bytes") && shown.contains("evil\\x1b[31m"), "{shown}");
    assert!(!shown.contains("canary"), "a payload is only written when it is asked for: {shown}");
    assert_eq!(quarantine(&pool, &["show", "1", "--payload"]).1, "canary@example.com");
    assert_eq!(quarantine(&pool, &["show", "2"]).0, Some(1));

    let (code, replayed) = quarantine(&pool, &["replay", "--all"]);
    assert_eq!(code, Some(1), "{replayed}");
    assert!(replayed.contains("0 replayed, 1 not"), "{replayed}");
    assert!(!replayed.contains("canary"), "{replayed}");
}
