//! The relay against a real Postgres, with a publisher played in memory.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::DateTime;
use lp_outbox::{OutboxMessage, OutboxRow, PublishError, Publisher, RelaySettings};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The n-th message; its id says which.
fn message(n: u128, partition_key: i64) -> OutboxMessage {
    OutboxMessage {
        event_id: Uuid::from_u128(n),
        event_type: "org.openedx.learning.path.completed.v1".into(),
        topic: "learning-path-lifecycle".into(),
        event_time: DateTime::UNIX_EPOCH,
        partition_key,
        body: vec![0, 1, 2],
        traceparent: (n == 1).then(|| "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
    }
}

async fn append(pool: &PgPool, messages: &[OutboxMessage]) {
    lp_outbox::append(&mut pool.acquire().await.unwrap(), messages).await.unwrap();
}

async fn backlog(pool: &PgPool) -> lp_outbox::Backlog {
    lp_outbox::backlog(&mut pool.acquire().await.unwrap()).await.unwrap()
}

#[derive(Debug, Clone, Default)]
struct Bus(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sent: Mutex<Vec<(u128, i64)>>,
    /// How many calls from now on fail as a whole.
    failures: AtomicUsize,
    /// These can never be published.
    refused: Mutex<HashSet<u128>>,
    /// Answers never come.
    stuck: AtomicBool,
    publishing: AtomicUsize,
    overlaps: AtomicUsize,
}

impl Bus {
    fn sent(&self) -> Vec<u128> {
        self.0.sent.lock().unwrap().iter().map(|(id, _)| *id).collect()
    }

    fn sent_of(&self, key: i64) -> Vec<u128> {
        self.0.sent.lock().unwrap().iter().filter(|(_, k)| *k == key).map(|(id, _)| *id).collect()
    }
}

impl Publisher for Bus {
    async fn publish(&self, rows: &[OutboxRow]) -> Vec<Result<(), PublishError>> {
        if self.0.publishing.fetch_add(1, Ordering::SeqCst) > 0 {
            self.0.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        tokio::task::yield_now().await;
        let failures = &self.0.failures;
        let fails = failures.try_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        let answers = rows
            .iter()
            .map(|row| {
                let id = row.message.event_id.as_u128();
                if fails {
                    return Err(PublishError::Transient("no broker".into()));
                }
                if self.0.refused.lock().unwrap().contains(&id) {
                    return Err(PublishError::Permanent("too large".into()));
                }
                self.0.sent.lock().unwrap().push((id, row.message.partition_key));
                Ok(())
            })
            .collect();
        if self.0.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.0.publishing.fetch_sub(1, Ordering::SeqCst);
        answers
    }
}

fn start(pool: &PgPool, bus: &Bus) -> (CancellationToken, JoinHandle<()>) {
    let settings = RelaySettings {
        batch_max_messages: 10,
        poll_interval: Duration::from_millis(10),
        backoff: (Duration::from_millis(10), Duration::from_millis(50)),
        drain_timeout: Duration::from_millis(200),
        ..RelaySettings::default()
    };
    let cancel = CancellationToken::new();
    let relay = lp_outbox::run_relay(pool.clone(), bus.clone(), settings, cancel.clone());
    (cancel, tokio::spawn(relay))
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn until_empty(pool: &PgPool) {
    until("the outbox is empty", async || backlog(pool).await.depth == 0).await;
}

#[sqlx::test]
async fn messages_go_out_in_their_order_and_leave_the_outbox(pool: PgPool) {
    let messages: Vec<_> = (1..=35).map(|n| message(n, 1)).collect();
    append(&pool, &messages).await;
    append(&pool, &messages[..3]).await;
    assert_eq!(backlog(&pool).await.depth, 35);
    let bus = Bus::default();
    let (cancel, relay) = start(&pool, &bus);
    until_empty(&pool).await;
    cancel.cancel();
    relay.await.unwrap();
    assert!(bus.sent().into_iter().eq(1..=35));
}

#[sqlx::test]
async fn fault_64_a_crash_between_send_and_delete_sends_the_same_id_again(pool: PgPool) {
    append(&pool, &[message(1, 1)]).await;
    let bus = Bus::default();
    bus.0.stuck.store(true, Ordering::SeqCst);
    let (_cancel, relay) = start(&pool, &bus);
    until("it is sent", async || !bus.sent().is_empty()).await;
    relay.abort();
    assert!(relay.await.is_err());
    assert_eq!(backlog(&pool).await.depth, 1);
    bus.0.stuck.store(false, Ordering::SeqCst);
    let (cancel, relay) = start(&pool, &bus);
    until_empty(&pool).await;
    cancel.cancel();
    relay.await.unwrap();
    assert_eq!(bus.sent(), [1, 1]);
}

#[sqlx::test]
async fn fault_65_a_lower_id_that_commits_late_is_not_skipped(pool: PgPool) {
    let mut late = pool.begin().await.unwrap();
    lp_outbox::append(&mut late, &[message(1, 1)]).await.unwrap();
    append(&pool, &[message(2, 2)]).await;
    let bus = Bus::default();
    let (cancel, relay) = start(&pool, &bus);
    until("the higher id is sent", async || bus.sent() == [2]).await;
    late.commit().await.unwrap();
    until("the lower id is sent", async || bus.sent() == [2, 1]).await;
    cancel.cancel();
    relay.await.unwrap();
}

#[sqlx::test]
async fn fault_69_a_transient_failure_keeps_everything_and_its_order(pool: PgPool) {
    let bus = Bus::default();
    bus.0.failures.store(5, Ordering::SeqCst);
    append(&pool, &(1..=20).map(|n| message(n, 1)).collect::<Vec<_>>()).await;
    let (cancel, relay) = start(&pool, &bus);
    until_empty(&pool).await;
    cancel.cancel();
    relay.await.unwrap();
    assert!(bus.sent().into_iter().eq(1..=20));
}

#[sqlx::test]
async fn fault_66_a_refused_message_parks_its_key_only(pool: PgPool) {
    let bus = Bus::default();
    bus.0.refused.lock().unwrap().insert(2);
    append(&pool, &[message(1, 1), message(2, 1), message(3, 1), message(4, 2)]).await;
    let (cancel, relay) = start(&pool, &bus);
    until("the other key is sent", async || bus.sent().contains(&4)).await;
    until("one is parked", async || backlog(&pool).await.parked == 1).await;
    append(&pool, &[message(5, 1), message(6, 2)]).await;
    until("the other key goes on", async || bus.sent().contains(&6)).await;
    until("its own waits", async || backlog(&pool).await.depth == 3).await;

    bus.0.refused.lock().unwrap().clear();
    let mut conn = pool.acquire().await.unwrap();
    assert!(lp_outbox::unpark(&mut conn, Uuid::from_u128(2)).await.unwrap());
    assert!(!lp_outbox::unpark(&mut conn, Uuid::from_u128(2)).await.unwrap());
    until_empty(&pool).await;
    cancel.cancel();
    relay.await.unwrap();
    // 3 may have gone with the refused one in a batch, and goes again after it.
    let sent = bus.sent_of(1);
    assert_eq!(sent[sent.len() - 3..], [2, 3, 5]);
}

#[sqlx::test]
async fn fault_68_two_relays_never_publish_at_once(pool: PgPool) {
    let bus = Bus::default();
    let (cancel_first, first) = start(&pool, &bus);
    let (cancel_second, second) = start(&pool, &bus);
    append(&pool, &(1..=50).map(|n| message(n, 1)).collect::<Vec<_>>()).await;
    until_empty(&pool).await;
    cancel_first.cancel();
    first.await.unwrap();
    append(&pool, &(51..=100).map(|n| message(n, 1)).collect::<Vec<_>>()).await;
    until_empty(&pool).await;
    cancel_second.cancel();
    second.await.unwrap();
    assert_eq!(bus.0.overlaps.load(Ordering::SeqCst), 0);
    assert!(bus.sent().into_iter().eq(1..=100));
}

#[sqlx::test]
async fn fault_52_a_relay_whose_connection_ends_starts_again(pool: PgPool) {
    let bus = Bus::default();
    let (cancel, relay) = start(&pool, &bus);
    append(&pool, &[message(1, 1)]).await;
    until_empty(&pool).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .execute(&pool)
    .await
    .unwrap();
    append(&pool, &[message(2, 1)]).await;
    until_empty(&pool).await;
    cancel.cancel();
    relay.await.unwrap();
    assert_eq!(bus.sent(), [1, 2]);
}

#[sqlx::test]
async fn fault_71_a_relay_stops_in_time_though_no_broker_answers(pool: PgPool) {
    append(&pool, &[message(1, 1)]).await;
    let bus = Bus::default();
    bus.0.stuck.store(true, Ordering::SeqCst);
    let (cancel, relay) = start(&pool, &bus);
    until("it is sent", async || !bus.sent().is_empty()).await;
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(10), relay).await.unwrap().unwrap();
    assert_eq!(backlog(&pool).await.depth, 1);
}
