use chrono::{DateTime, TimeDelta, Utc};
use lp_domain::{RunKey, Timestamp};
use lp_kafka::{Sink as _, SinkError};
use lp_progress_store::audit::By;
use lp_progress_store::{Admission, Admitted, Again, Catalogue, MIGRATOR, Who, Wish, admit};
use sqlx::PgPool;

use crate::fixture::{Fixture, RUN, claim_key, intake, passing, reader, yesterday};

const COMPLETED: &str = "SELECT count(*) FROM completions";
const QUARANTINED: &str = "SELECT count(*) FROM quarantined_messages";
const OFFSET: &str = "SELECT next_offset FROM consumer_offsets";

#[sqlx::test(migrator = "MIGRATOR")]
async fn faults_30_to_47_poison_is_put_aside_and_its_neighbours_are_applied(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let good = fixture.consumed(&passing(1, yesterday())).await;
    let mut magic = good.clone();
    magic.payload.as_mut().unwrap()[0] = 1;
    let mut unknown_schema = good.clone();
    unknown_schema.payload.as_mut().unwrap()[4] = 200;
    let mut cut = good.clone();
    cut.payload.as_mut().unwrap().truncate(20);
    let mut no_id = good.clone();
    no_id.headers.retain(|(name, _)| name != "ce_id");
    let tombstone = lp_inbox::Message { payload: None, ..good.clone() };
    let last = fixture.consumed(&passing(2, yesterday())).await;
    let all = vec![good, magic, unknown_schema, cut.clone(), no_id, tombstone, last];
    let batch = fixture.batch(all);
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!(fixture.count(COMPLETED).await, 2);
    assert_eq!(fixture.count(QUARANTINED).await, 5);
    assert_eq!(fixture.count(OFFSET).await, 7);
    let bytes: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT payload FROM quarantined_messages WHERE message_offset = 3")
            .fetch_one(&fixture.pool)
            .await
            .unwrap();
    assert_eq!(bytes, cut.payload);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_48_nothing_but_poison_halts_and_is_not_drained(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let mut bad = fixture.consumed(&passing(1, yesterday())).await;
    bad.payload = Some(vec![7; 9]);
    let batch = fixture.batch(vec![bad; 11]);
    assert!(matches!(fixture.sink.apply(&batch).await, Err(SinkError::Halt { .. })));
    assert_eq!((fixture.count(QUARANTINED).await, fixture.count(OFFSET).await), (0, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_49_a_registry_that_is_away_is_waited_for_and_nothing_is_put_aside(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let good = fixture.consumed(&passing(1, yesterday())).await;
    let batch = fixture.batch(vec![good]);
    fixture.registry.fail_with(Some(503)).unwrap();
    assert!(matches!(fixture.sink.apply(&batch).await, Err(SinkError::Retry(_))));
    assert_eq!((fixture.count(QUARANTINED).await, fixture.count(OFFSET).await), (0, 0));
    fixture.registry.fail_with(None).unwrap();
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!((fixture.count(COMPLETED).await, fixture.count(OFFSET).await), (1, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_09_an_overtaken_owner_changes_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let good = fixture.consumed(&passing(1, yesterday())).await;
    let batch = fixture.batch(vec![good]);
    let mut conn = fixture.pool.acquire().await.unwrap();
    lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
    assert!(matches!(fixture.sink.apply(&batch).await, Err(SinkError::Fenced)));
    assert_eq!(fixture.count("SELECT count(*) FROM fact_journal").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_04_a_batch_whose_commit_went_through_unheard_is_applied_once(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let good = fixture.consumed(&passing(1, yesterday())).await;
    let batch = fixture.batch(vec![good]);
    fixture.sink.apply(&batch).await.unwrap();
    let version = "SELECT version FROM learners WHERE learner_id = 1";
    let before = fixture.count(version).await;
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!((fixture.count(version).await, fixture.count(COMPLETED).await), (before, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_28_a_date_far_ahead_is_taken_as_of_now(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let ahead = fixture.consumed(&passing(1, Utc::now() + TimeDelta::days(3_650))).await;
    let batch = fixture.batch(vec![ahead]);
    fixture.sink.apply(&batch).await.unwrap();
    let at: DateTime<Utc> =
        sqlx::query_scalar("SELECT occurred_at FROM fact_journal").fetch_one(&fixture.pool).await.unwrap();
    assert!(at < Utc::now() + TimeDelta::minutes(6), "{at}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_type_that_nobody_reads_is_skipped_and_its_schema_not_asked_for(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let mut other = fixture.consumed(&passing(1, yesterday())).await;
    other.headers[0].1 = Some(b"org.openedx.learning.badge.awarded.v1".to_vec());
    fixture.registry.fail_with(Some(503)).unwrap();
    let batch = fixture.batch(vec![other]);
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!((fixture.count(QUARANTINED).await, fixture.count(OFFSET).await), (0, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_quarantined_message_is_replayed_once_it_can_be_read(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    let message = fixture.consumed(&passing(1, yesterday())).await;
    let reader = reader(&fixture.registry);
    lp_progress_consumer::replay(&fixture.pool, &reader, &message, &intake()).await.unwrap();
    assert_eq!(fixture.count(COMPLETED).await, 1);
}

/// Edge case y.
#[sqlx::test(migrator = "MIGRATOR")]
async fn an_invited_learner_is_enrolled_by_the_first_event_that_names_them(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    invite(&fixture.pool, "Learner-20@Example.com").await;
    let of_20 = "SELECT count(*) FROM completions WHERE learner_id = 20";
    let event = fixture.consumed(&passing(20, yesterday())).await;
    let batch = fixture.batch(vec![event]);
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM enrolments WHERE learner_id = 20").await, 1);
    assert_eq!(fixture.count(of_20).await, 1, "the fact that came with the name counts");
    let claimed = "SELECT count(*) FROM invitations WHERE state = 'claimed' AND learner_id = 20";
    assert_eq!(fixture.count(claimed).await, 1);
    let order: Vec<String> =
        sqlx::query_scalar("SELECT event_type FROM outbox WHERE partition_key = 20 ORDER BY outbox_id")
            .fetch_all(&fixture.pool)
            .await
            .unwrap();
    assert!(order[0].contains("enrollment.created") && order[1].contains("path.completed"), "{order:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_address_that_nobody_has_verified_claims_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(pool).await;
    invite(&fixture.pool, "learner-20@example.com").await;
    let mut registered = passing(20, yesterday());
    registered.datum["course_passing_status"]["user"]["is_active"] = false.into();
    let event = fixture.consumed(&registered).await;
    let batch = fixture.batch(vec![event]);
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM enrolments WHERE learner_id = 20").await, 0);
    let event = fixture.consumed(&passing(20, chrono::Utc::now())).await;
    let batch = fixture.batch(vec![event]);
    fixture.sink.apply(&batch).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM enrolments WHERE learner_id = 20").await, 1);
}

/// Invites whoever has this address to the run.
async fn invite(pool: &PgPool, email: &str) {
    let admission = Admission {
        run: RunKey::parse(RUN).unwrap(),
        who: Who::Email(email.to_owned(), Some(claim_key().email(email))),
        wish: Wish::Enrol(Again::Resumed),
    };
    let now = Timestamp::try_from(yesterday()).unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let (admitted, _) =
        admit(&mut conn, &mut Catalogue::default(), &By::command("test"), &[admission], now).await.unwrap();
    assert!(matches!(admitted[..], [Admitted::Invited(_, true)]), "{admitted:?}");
}
