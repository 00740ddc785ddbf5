//! Batches of messages as Kafka gives them, a real Postgres, a registry of our own: `DATABASE_URL` names a Postgres in which
//! databases can be made.

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use lp_credentials::{AwardsSink, replay};
use lp_credentials_store::{Award, CountedContext, list_by_learner};
use lp_domain::AwardState;
use lp_events::path::TOPIC;
use lp_inbox::{Advance, Message};
use lp_kafka::{Batch, Sink, SinkError, TopicPartition};
use lp_schema_registry::{EventReader, RegistryClient, Settings};
use sqlx::PgPool;

use crate::events::{at, changed, completed, message, of_credential, revoked};

/// A registry that knows schema 1 (completed), 2 (revoked), 4 (changed), 5 and 6 (of a credential).
async fn reader() -> EventReader {
    let known = Router::new().route(
        "/schemas/ids/{id}",
        get(async |Path(id): Path<u32>| match id {
            1 => Ok(Json(serde_json::json!({ "schema": completed(1, 1).schema_text() }))),
            2 => Ok(Json(serde_json::json!({ "schema": revoked(1, 1).schema_text() }))),
            4 => Ok(Json(serde_json::json!({ "schema": changed(1, 1).schema_text() }))),
            5 | 6 => Ok(Json(
                serde_json::json!({ "schema": of_credential(1)[usize::from(id == 6)].schema_text() }),
            )),
            _ => Err((axum::http::StatusCode::NOT_FOUND, Json(serde_json::json!({ "error_code": 40403 })))),
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, known).await });
    reader_at(&url)
}

fn reader_at(url: &str) -> EventReader {
    let timeout = std::time::Duration::from_secs(5);
    let settings = Settings { base_url: url.parse().unwrap(), basic_auth: None, timeout };
    EventReader::new(RegistryClient::new(settings).unwrap())
}

/// A message of a type of which the payload is nobody's business.
fn of_type(event_type: &str) -> Message {
    let mut message = message(&completed(1, 1));
    message.headers[0].1 = Some(event_type.into());
    message.payload = Some(b"not Avro at all".to_vec());
    message
}

/// Claims partition 0 and puts the messages into a batch from `from` on.
async fn batch(sink: &mut AwardsSink, from: i64, messages: &[Message]) -> Batch {
    let partition = TopicPartition { topic: TOPIC.into(), partition: 0, earliest: 0 };
    let claimed = sink.claim(&[partition]).await.unwrap().remove(0);
    let messages: Vec<Message> =
        messages.iter().zip(from..).map(|(message, offset)| Message { offset, ..message.clone() }).collect();
    let to = from + i64::try_from(messages.len()).unwrap();
    let advance = Advance { topic: TOPIC.into(), partition: 0, from, to, epoch: claimed.epoch };
    Batch::new(messages, vec![advance], 2)
}

async fn awards(pool: &PgPool, learner: i64) -> Vec<Award> {
    list_by_learner(&mut pool.acquire().await.unwrap(), learner, None, None, 100).await.unwrap()
}

async fn stored_offset(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT next_offset FROM consumer_offsets").fetch_one(pool).await.unwrap()
}

/// Offsets and reasons of what was put aside.
async fn quarantined(pool: &PgPool) -> Vec<(i64, String)> {
    sqlx::query_as("SELECT message_offset, reason FROM quarantined_messages ORDER BY message_offset")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_13_a_completion_delivered_often_is_one_award(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let once = message(&completed(42, 1));
    let first = batch(&mut sink, 0, &[once.clone(), once.clone()]).await;
    sink.apply(&first).await.unwrap();
    let again = batch(&mut sink, 2, &[once]).await;
    sink.apply(&again).await.unwrap();
    let awards = awards(&pool, 42).await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].status, AwardState::Valid);
    assert_eq!((awards[0].revision, awards[0].grade, awards[0].progress), (3, Some(0.0), 1.0));
    assert_eq!(awards[0].completed_at, at("2026-05-01T12:34:56Z").get());
    let counted = CountedContext {
        title: Some("Kafka, basically".into()),
        grade: Some(1.0),
        completed_at: Some(at("2026-05-01T00:00:00Z").get()),
        ..CountedContext::of_key("course-v1:edX+777+2026")
    };
    assert_eq!(awards[0].contexts, [counted]);
    assert_eq!(stored_offset(&pool).await, 3);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_revocation_before_its_completion_revokes_the_award(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    for (offset, event) in [(0, revoked(42, 1)), (1, completed(42, 1))] {
        let one = batch(&mut sink, offset, &[message(&event)]).await;
        sink.apply(&one).await.unwrap();
    }
    let awards = awards(&pool, 42).await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].status, AwardState::Revoked);
    assert_eq!(awards[0].revoked_at, Some(at("2026-06-01T00:00:00Z").get()));
    assert_eq!(awards[0].revocation_reason.as_deref(), Some("requirement_no_longer_met"));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn how_an_award_stands_is_told_by_itself(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    for (offset, event) in [(0, changed(42, 1)), (1, completed(42, 1))] {
        let one = batch(&mut sink, offset, &[message(&event)]).await;
        sink.apply(&one).await.unwrap();
    }
    let awards = awards(&pool, 42).await;
    assert_eq!((awards.len(), awards[0].status), (1, AwardState::Grace));
    assert_eq!(awards[0].expires_at, Some(at("2126-05-01T12:34:56Z").get()));
    assert_eq!(quarantined(&pool).await, []);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn what_is_told_of_credentials_is_passed_over(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let told = batch(&mut sink, 0, &of_credential(42).map(|event| message(&event))).await;
    sink.apply(&told).await.unwrap();
    assert_eq!((stored_offset(&pool).await, quarantined(&pool).await), (2, vec![]));
    assert_eq!(awards(&pool, 42).await.len(), 0);
    let holders: i64 =
        sqlx::query_scalar("SELECT count(*) FROM award_holders").fetch_one(&pool).await.unwrap();
    assert_eq!(holders, 0);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn types_that_we_do_not_know_are_passed_over_without_asking_the_registry(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader_at("http://127.0.0.1:1"));
    let unknown = batch(&mut sink, 0, &[of_type("org.openedx.learning.badge.awarded.v1")]).await;
    sink.apply(&unknown).await.unwrap();
    assert_eq!((stored_offset(&pool).await, quarantined(&pool).await), (1, vec![]));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn poison_is_put_aside_and_its_neighbours_are_recorded(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let broken = |change: fn(&mut Message)| {
        let mut message = message(&completed(66, 1));
        change(&mut message);
        message
    };
    let poison = [
        (broken(|m| m.payload = None), "payload_missing"),
        (broken(|m| m.payload.as_mut().unwrap()[0] = 1), "frame_magic"),
        (broken(|m| m.payload.as_mut().unwrap()[4] = 9), "schema_unknown"),
        (broken(|m| m.payload.as_mut().unwrap()[4] = 2), "schema_mismatch"),
        (broken(|m| m.payload.as_mut().unwrap().truncate(60)), "avro_invalid"),
        (broken(|m| m.payload.as_mut().unwrap().push(0)), "trailing_bytes"),
    ];
    let mut messages = vec![];
    for (n, (bad, _)) in (1..).zip(&poison) {
        messages.extend([message(&completed(42, n)), bad.clone()]);
    }
    let mixed = batch(&mut sink, 0, &messages).await;
    sink.apply(&mixed).await.unwrap();
    assert_eq!(awards(&pool, 42).await.len(), poison.len());
    assert_eq!(awards(&pool, 66).await, []);
    let expected: Vec<_> = (0..).map(|n| 2 * n + 1).zip(poison.iter().map(|p| p.1.to_owned())).collect();
    assert_eq!(quarantined(&pool).await, expected);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_48_nothing_but_poison_halts_and_moves_no_offset(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let mut bad = message(&completed(42, 1));
    bad.payload = None;
    let all = batch(&mut sink, 0, &[bad.clone(), bad.clone(), bad]).await;
    assert!(matches!(sink.apply(&all).await, Err(SinkError::Halt { partition: 0, .. })));
    assert_eq!((stored_offset(&pool).await, quarantined(&pool).await), (0, vec![]));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_49_a_registry_that_is_away_is_waited_for_and_nothing_is_put_aside(pool: PgPool) {
    let mut away = AwardsSink::new(pool.clone(), reader_at("http://127.0.0.1:1"));
    let waiting = batch(&mut away, 0, &[message(&completed(42, 1))]).await;
    assert!(matches!(away.apply(&waiting).await, Err(SinkError::Retry(_))));
    assert_eq!((stored_offset(&pool).await, quarantined(&pool).await), (0, vec![]));
    // The registry is back.
    AwardsSink::new(pool.clone(), reader().await).apply(&waiting).await.unwrap();
    assert_eq!(awards(&pool, 42).await.len(), 1);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_09_a_batch_of_who_was_overtaken_is_dropped(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let old = batch(&mut sink, 0, &[message(&completed(42, 1))]).await;
    batch(&mut sink, 0, &[]).await;
    assert!(matches!(sink.apply(&old).await, Err(SinkError::Fenced)));
    assert_eq!(awards(&pool, 42).await, []);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_52_a_database_that_is_away_is_waited_for(pool: PgPool) {
    let mut sink = AwardsSink::new(pool.clone(), reader().await);
    let waiting = batch(&mut sink, 0, &[message(&completed(42, 1))]).await;
    pool.close().await;
    assert!(matches!(sink.apply(&waiting).await, Err(SinkError::Retry(_))));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_quarantined_message_that_can_be_read_by_now_is_replayed(pool: PgPool) {
    let event = message(&completed(42, 1));
    replay(&pool, &reader_at("http://127.0.0.1:1"), &event).await.unwrap_err();
    assert_eq!(awards(&pool, 42).await, []);
    replay(&pool, &reader().await, &event).await.unwrap();
    assert_eq!(awards(&pool, 42).await.len(), 1);
}
