//! Many enrolments at once.

use std::collections::HashMap;

use axum::http::header;
use lp_domain::Timestamp;
use lp_http::auth::testing::Who;
use lp_progress_store::Catalogue;
use lp_progress_store::jobs::work_on_a_job;
use serde_json::{Value, json};
use sqlx::{Acquire as _, PgPool};

use crate::support::{Answer, Client, RUN, claim_key, manager};

/// `RUN` in a query, where a plus is a space.
const ENCODED: &str = "path-v1:Org%2BN%2B2026%2Bopen";

/// Does up to so many rows of the next job; says whether there was one.
async fn work(pool: &PgPool, rows: u32) -> bool {
    let mut conn = pool.acquire().await.unwrap();
    let mut tx = conn.begin().await.unwrap();
    let now = Timestamp::try_from(chrono::Utc::now()).unwrap();
    let worked =
        work_on_a_job(&mut tx, &mut Catalogue::default(), Some(&claim_key()), rows, now).await.unwrap();
    tx.commit().await.unwrap();
    worked.is_some()
}

async fn send(client: &Client, query: &str, media_type: &str, body: &str) -> Answer {
    client.send("POST", &format!("/jobs{query}"), &[(header::CONTENT_TYPE.as_str(), media_type)], body).await
}

fn place(job: &Answer) -> String {
    job.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned()
}

async fn outcomes(client: &Client, job: &Answer) -> Value {
    client.get(&place(job)).await.is(200).json()["outcomes"].clone()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn each_row_has_its_outcome_and_nothing_of_anybody_is_kept(pool: PgPool) {
    let manager = manager(&pool).await;
    let table = "\u{feff}user_id,username,email,external_key,action,run_key\n\
        1,,,,,\n\
        ,no_such_name,,,,\n\
        ,,new@example.com,,,\n\
        ,,,S-1,,\n\
        1,,,,suspend,\n\
        2,,,,withdraw,\n\
        3,,,,,path-v1:Org+N+none+open\n\
        ,,,,,\n\
        4,x,,,,\n\
        x,,,,,\n\
        5,,,,fly,\n\
        1,,,,,\n";
    let job = send(&manager, &format!("?run_key={ENCODED}&reason=autumn"), "text/csv; charset=utf-8", table)
        .await
        .is(201);
    assert_eq!((&job.json()["state"], &job.json()["total_rows"]), (&json!("waiting"), &json!(12)));
    while work(&pool, 5).await {}
    let done = manager.get(&place(&job)).await.is(200).json();
    assert_eq!(
        (&done["state"], &done["done_rows"], &done["reason"]),
        (&json!("done"), &json!(12), &json!("autumn"))
    );
    let wanted = json!({ "enrolled": 1, "unknown_learner": 1, "invited": 2, "suspended": 1, "not_enrolled": 1,
        "unknown_run": 1, "invalid": 4, "unchanged": 1 });
    assert_eq!(done["outcomes"], wanted);
    let rows = manager.get(&format!("{}/rows", place(&job))).await.is(200).json();
    let words: Vec<_> =
        rows["items"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(words[..4], ["enrolled", "unknown_learner", "invited", "invited"]);
    let invalid = manager.get(&format!("{}/rows?outcome=invalid&limit=3", place(&job))).await.is(200).json();
    assert_eq!(invalid["items"].as_array().unwrap().len(), 3);
    assert!(invalid["next"].is_string());
    let result = manager.get(&format!("{}/result", place(&job))).await.is(200);
    assert_eq!(result.text.lines().count(), 13);
    assert!(
        result
            .text
            .starts_with("row,outcome,detail,run_key,context_key,action,user_id,invitation_id\n1,enrolled,,")
    );
    let known: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM job_rows r WHERE r::text LIKE '%no_such_name%' OR r::text LIKE '%example%' OR r::text LIKE '%S-1%'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(known, 0);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn the_same_rows_come_in_three_forms(pool: PgPool) {
    let manager = manager(&pool).await;
    let lines = format!(
        "{{\"user_id\": 1, \"run_key\": \"{RUN}\"}}\n\n[1]\n{{\"user_id\": 2, \"run_key\": \"{RUN}\"}}"
    );
    let document =
        json!({ "rows": [{ "user_id": 1, "run_key": RUN }, [1], { "user_id": 2, "run_key": RUN }] });
    let table = format!("run_key,user_id\n{RUN},1\n{RUN}\n{RUN},2\n");
    for (media_type, body, enrolled) in [
        ("application/x-ndjson", lines.as_str(), "enrolled"),
        ("application/json", &document.to_string(), "unchanged"),
        ("text/csv", &table, "unchanged"),
    ] {
        let job = send(&manager, "", media_type, body).await.is(201);
        while work(&pool, 100).await {}
        assert_eq!(outcomes(&manager, &job).await, json!({ enrolled: 2, "invalid": 1 }), "{media_type}");
    }
    assert_eq!(manager.get("/jobs?limit=2").await.is(200).json()["items"].as_array().unwrap().len(), 2);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_dry_run_says_the_same_and_changes_nothing(pool: PgPool) {
    let manager = manager(&pool).await;
    manager.post(&format!("/runs/{RUN}/enrolments"), json!({ "user_id": 2 })).await.is(201);
    let rows = "user_id,email\n1,\n2,\n,new@example.com\n";
    let before: HashMap<String, i64> = counts(&pool).await;
    let job = send(&manager, &format!("?run_key={ENCODED}&dry_run=true"), "text/csv", rows).await.is(201);
    while work(&pool, 2).await {}
    let told = outcomes(&manager, &job).await;
    assert_eq!(told, json!({ "enrolled": 1, "unchanged": 1, "invited": 1 }));
    assert_eq!(counts(&pool).await, before);
    let job = send(&manager, &format!("?run_key={ENCODED}"), "text/csv", rows).await.is(201);
    while work(&pool, 2).await {}
    assert_eq!(outcomes(&manager, &job).await, told);
    assert_ne!(counts(&pool).await, before);
}

async fn counts(pool: &PgPool) -> HashMap<String, i64> {
    let query = "SELECT 'learners', sum(version)::bigint FROM learners UNION SELECT 'enrolments', count(*) FROM enrolments
         UNION SELECT 'outbox', count(*) FROM outbox UNION SELECT 'invitations', count(*) FROM invitations
         UNION SELECT 'audit', count(*) FROM audit_log WHERE target NOT LIKE 'job:%'";
    sqlx::query_as(query).fetch_all(pool).await.unwrap().into_iter().collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_cancelled_job_keeps_what_was_done_and_forgets_the_rest(pool: PgPool) {
    let manager = manager(&pool).await;
    let job =
        send(&manager, &format!("?run_key={ENCODED}"), "text/csv", "email\na@x.org\nb@x.org\nc@x.org\n")
            .await
            .is(201);
    work(&pool, 1).await;
    let cancelled =
        manager.post(&format!("{}/cancel", place(&job)), json!({ "reason": "the wrong file" })).await.is(200);
    assert_eq!(
        (&cancelled.json()["state"], &cancelled.json()["done_rows"]),
        (&json!("cancelled"), &json!(1))
    );
    assert!(!work(&pool, 1).await, "nothing is left to do");
    let rows = manager.get(&format!("{}/rows?outcome=cancelled", place(&job))).await.is(200).json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 2);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM job_rows WHERE email IS NOT NULL")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
    manager.post(&format!("{}/cancel", place(&job)), Value::Null).await.is(200);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_portion_that_is_lost_is_done_by_the_next_and_no_row_twice(pool: PgPool) {
    let manager = manager(&pool).await;
    let rows = (1..=20).map(|learner| learner.to_string()).collect::<Vec<_>>().join("\n");
    let job =
        send(&manager, &format!("?run_key={ENCODED}"), "text/csv", &format!("user_id\n{rows}")).await.is(201);
    work(&pool, 7).await;
    {
        let mut conn = pool.acquire().await.unwrap();
        let mut tx = conn.begin().await.unwrap();
        let now = Timestamp::try_from(chrono::Utc::now()).unwrap();
        work_on_a_job(&mut tx, &mut Catalogue::default(), None, 7, now).await.unwrap();
        // Nobody else does the same rows meanwhile.
        assert!(!work(&pool, 7).await);
        tx.rollback().await.unwrap();
    }
    while work(&pool, 7).await {}
    assert_eq!(outcomes(&manager, &job).await, json!({ "enrolled": 20 }));
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&pool).await.unwrap();
    assert_eq!(told, 20);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_is_no_job_is_refused_whole(pool: PgPool) {
    let manager = manager(&pool).await;
    for (media_type, body, status) in [
        ("text/plain", "user_id\n1\n", 415),
        ("text/csv", "user_id\n", 422),
        ("text/csv", "name\nx\n", 400),
        ("text/csv", "user_id,user_id\n1,1\n", 400),
        ("text/csv", "user_id\nx\n", 422),
        ("application/json", "{", 400),
        ("application/json", "{\"rows\": [], \"more\": 1}", 400),
        ("application/x-ndjson", "", 422),
    ] {
        send(&manager, &format!("?run_key={ENCODED}"), media_type, body).await.is(status);
    }
    send(&manager, "?run_key=x", "text/csv", "user_id\n1\n").await.is(400);
    let too_many = "1\n".repeat(100_001);
    send(&manager, &format!("?run_key={ENCODED}"), "text/csv", &format!("user_id\n{too_many}")).await.is(422);
    let other = format!("run_key,user_id\n{RUN},1\npath-v1:Other+N+R+G,1\n");
    send(&manager, "", "text/csv", &other).await.is(403);
    let jobs: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&pool).await.unwrap();
    assert_eq!(jobs, 0);
}

/// Row 83.
#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_83_another_organisation_s_manager_finds_no_job_of_ours(pool: PgPool) {
    let (manager, other) = (manager(&pool).await, Client::new(&pool, Who::OtherManager));
    let job = send(&manager, &format!("?run_key={ENCODED}"), "text/csv", "user_id\n1\n").await.is(201);
    assert_eq!(other.get("/jobs").await.is(200).json()["items"], json!([]));
    for part in ["", "/rows", "/result"] {
        other.get(&format!("{}{part}", place(&job))).await.is(404);
    }
    other.post(&format!("{}/cancel", place(&job)), Value::Null).await.is(404);
    assert_eq!(manager.get(&place(&job)).await.is(200).json()["state"], "waiting");
}
