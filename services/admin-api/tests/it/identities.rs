//! Learners who are retired or renamed by the LMS's workers.

use lp_domain::{Fact, FactValue, LearnerId, Timestamp};
use lp_events::Profile;
use lp_http::auth::testing::Who;
use lp_inbox::{Message, Quarantined};
use lp_progress_store::jobs::work_on_a_job;
use lp_progress_store::{Catalogue, FactTelling, ProfileTelling, Tellings, apply};
use serde_json::{Value, json};
use sqlx::{Acquire as _, PgPool};
use uuid::Uuid;

use crate::support::{Client, RUN, claim_key, manager};

fn now() -> Timestamp {
    Timestamp::try_from(chrono::Utc::now()).unwrap()
}

fn learner(id: i64) -> LearnerId {
    LearnerId::try_from(id).unwrap()
}

/// What an event says of a learner's names.
async fn told(pool: &PgPool, id: i64, name: &str, at: Timestamp) {
    let email = format!("{name}@example.com");
    let profile =
        Profile { username: name.into(), email, name: format!("Ms {name}"), ..Profile::unknown(learner(id)) };
    let telling = ProfileTelling { profile, claim: None, at, id: Uuid::now_v7() };
    let context = "course-v1:Org+C1+2026".to_owned().try_into().unwrap();
    let value = FactValue::Passing { passing: true };
    let fact = Fact { learner: learner(id), context, at, id: telling.id, value };
    let facts = vec![FactTelling { fact, message: 0, traceparent: None }];
    let mut tx = pool.begin().await.unwrap();
    let tellings = Tellings { profiles: vec![telling], facts, ..Tellings::default() };
    apply(&mut tx, &mut Catalogue::default(), &tellings, now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every row of every table, as text; bytes as hexadecimal.
async fn dump(pool: &PgPool) -> String {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(pool)
            .await
            .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    let mut dump = String::new();
    for table in tables {
        let rows = sqlx::AssertSqlSafe(format!(
            "SELECT coalesce(string_agg(to_jsonb(t)::text, ''), '') FROM {table} t"
        ));
        dump += &sqlx::query_scalar::<_, String>(rows).fetch_one(pool).await.unwrap();
    }
    dump.to_lowercase()
}

/// Where the texts are found, as they are or as hexadecimal.
fn found<'t>(dump: &str, texts: &[&'t str]) -> Vec<&'t str> {
    texts.iter().copied().filter(|text| dump.contains(text) || dump.contains(&hex::encode(text))).collect()
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

fn put_aside(offset: i64, payload: &str) -> Quarantined {
    let (topic, payload) = ("t".to_owned(), Some([b"\0\xff", payload.as_bytes()].concat()));
    let message = Message { topic, partition: 0, offset, key: None, payload, headers: vec![] };
    Quarantined { message, reason: "truncated".into(), detail: "short".into() }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn nothing_of_a_retired_learner_is_left_but_what_they_did(pool: PgPool) {
    let texts = [
        "canary",
        "reg-4711",
        &claim_key_hex("email", "canary@example.com"),
        &claim_key_hex("key", "reg-4711"),
    ];
    let manager = manager(&pool).await;
    let administrator = Client::new(&pool, Who::Administrator);
    let place = format!("/runs/{RUN}/enrolments");
    // Invited before anybody knew them, enrolled, in a job that waits, in messages put aside.
    manager.post(&place, json!({ "email": "Canary@Example.com" })).await.is(201);
    told(&pool, 7, "canary", now()).await;
    manager.post(&place, json!({ "user_id": 7 })).await.is(201);
    let key = json!({ "external_key": "reg-4711" });
    administrator.ask("PUT", "/learners/7/external-key", &[], key).await.is(204);
    let rows = json!([
        { "run_key": RUN, "username": "Canary" }, { "run_key": RUN, "email": "canary@example.com" },
        { "run_key": RUN, "external_key": "reg-4711" }, { "run_key": RUN, "user_id": 7 },
        { "run_key": RUN, "username": "somebody_else" }
    ]);
    manager.post("/jobs", json!({ "rows": rows })).await.is(201);
    let aside = [put_aside(1, "of CANARY@example.com too"), put_aside(2, "of others")];
    lp_inbox::insert(&mut pool.acquire().await.unwrap(), &aside).await.unwrap();
    assert_eq!(found(&dump(&pool).await, &texts), texts, "there is something to forget");

    let worker = Client::new(&pool, Who::IdentityWorker);
    let who = json!({ "lms_user_id": 7, "original_username": "canary" });
    worker.post("/retire_user/", who.clone()).await.is(204);
    assert_eq!(found(&dump(&pool).await, &texts), [""; 0]);
    assert_eq!(count(&pool, "SELECT count(*) FROM quarantined_messages WHERE payload IS NOT NULL").await, 1);
    assert_eq!(lp_inbox::count(&mut pool.acquire().await.unwrap()).await.unwrap(), 1);
    assert_eq!(count(&pool, "SELECT count(*) FROM invitations WHERE state = 'withdrawn'").await, 1);

    // What they did counts as before, and so does what comes late; their names do not come back.
    told(&pool, 7, "canary", now()).await;
    assert_eq!(found(&dump(&pool).await, &texts), [""; 0]);
    assert_eq!(count(&pool, "SELECT count(*) FROM fact_journal WHERE learner_id = 7").await, 2);
    assert_eq!(manager.get(&format!("{place}/7")).await.is(200).json()["state"], "active");

    // Again, and for somebody of whom nothing is known: the world is told once of each.
    worker.post("/retire_user/", who).await.is(204);
    worker
        .post("/retire_user/", json!({ "lms_user_id": 8, "original_username": "", "more": 1 }))
        .await
        .is(204);
    let told_of = "SELECT count(*) FROM outbox WHERE event_type LIKE '%learner.retired%'";
    assert_eq!(count(&pool, told_of).await, 2);
    assert_eq!(count(&pool, "SELECT count(*) FROM audit_log WHERE action = 'learner.retired'").await, 2);

    // Nobody enrols them again.
    manager.post(&place, json!({ "user_id": 7 })).await.is(422);
    let mut conn = pool.acquire().await.unwrap();
    let mut tx = conn.begin().await.unwrap();
    work_on_a_job(&mut tx, &mut Catalogue::default(), Some(&claim_key()), 10, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&pool, "SELECT count(*) FROM job_rows WHERE outcome = 'unknown_learner'").await, 5);
    assert_eq!(found(&dump(&pool).await, &texts), [""; 0]);
}

/// The keyed hash of what somebody is known by, as the database has it.
fn claim_key_hex(kind: &str, text: &str) -> String {
    let key = claim_key();
    let claim = if kind == "email" { key.email(text) } else { key.external_key(text) };
    hex::encode(claim.as_ref())
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_renamed_learner_is_found_by_the_new_name_whatever_comes_late(pool: PgPool) {
    let manager = manager(&pool).await;
    let worker = Client::new(&pool, Who::IdentityWorker);
    let before = now();
    told(&pool, 7, "alice", before).await;
    told(&pool, 8, "bob", before).await;
    let names = json!({ "username_mappings": [{ "alice": "bob" }, { "bob": "carol" }, { "nobody": "x" }] });
    let answer = worker.post("/replace_usernames/", names.clone()).await.is(200).json();
    assert_eq!(
        answer,
        json!({ "successful_replacements": names["username_mappings"], "failed_replacements": [] })
    );
    told(&pool, 7, "alice", before).await;
    let place = format!("/runs/{RUN}/enrolments");
    for (name, id) in [("bob", 7), ("carol", 8)] {
        let enrolled = manager.post(&place, json!({ "username": name })).await.is(201).json();
        assert_eq!(enrolled["enrolment"]["user_id"], id, "{enrolled}");
    }
    manager.post(&place, json!({ "username": "alice" })).await.is(422);
    assert_eq!(count(&pool, "SELECT count(*) FROM audit_log WHERE action = 'learner.renamed'").await, 2);
    // An event from after the change says how they are called by then.
    told(&pool, 7, "alicia", Timestamp::try_from(chrono::Utc::now() + chrono::TimeDelta::hours(1)).unwrap())
        .await;
    let answer = manager.post(&place, json!({ "username": "alicia" })).await.is(201).json();
    assert_eq!(answer["outcome"], "unchanged");
    for wrong in [
        json!({}),
        json!({ "username_mappings": [{ "a": 1 }] }),
        json!({ "username_mappings": [{ "a": "" }] }),
    ] {
        let status = worker.post("/replace_usernames/", wrong.clone()).await.status;
        assert!((400..500).contains(&status), "{wrong}: {status}");
    }
    assert_eq!(worker.post("/replace_usernames/", Value::Null).await.status, 415);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_account_is_merged_into_another_of_the_same_person(pool: PgPool) {
    let manager = manager(&pool).await;
    let worker = Client::new(&pool, Who::IdentityWorker);
    let place = format!("/runs/{RUN}/enrolments");
    manager.post(&place, json!({ "user_id": 7 })).await.is(201);
    told(&pool, 7, "alice", now()).await;
    let merger = json!({ "into": 8, "reason": "two accounts" });
    for _ in 0..2 {
        worker.post("/learners/7/merge", merger.clone()).await.is(204);
    }
    assert_eq!(manager.get(&format!("{place}/7")).await.is(200).json()["state"], "withdrawn");
    assert_eq!(manager.get(&format!("{place}/8")).await.is(200).json()["state"], "active");
    assert_eq!(count(&pool, "SELECT count(*) FROM audit_log WHERE reason = 'two accounts'").await, 3);
    worker.post("/learners/7/merge", json!({ "into": 9 })).await.is(409);
    worker.post("/learners/7/merge", json!({ "into": 7 })).await.is(422);
    manager.post(&place, json!({ "user_id": 7 })).await.is(409);
    // A row of a job says so too.
    let row = json!({ "rows": [{ "run_key": RUN, "user_id": 7 }] });
    manager.post("/jobs", row).await.is(201);
    let mut tx = pool.begin().await.unwrap();
    work_on_a_job(&mut tx, &mut Catalogue::default(), Some(&claim_key()), 10, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&pool, "SELECT count(*) FROM job_rows WHERE outcome = 'merged'").await, 1);
}
