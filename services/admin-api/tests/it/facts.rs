//! Facts that staff record, many at once and one by one.

use std::collections::BTreeMap;

use axum::http::header;
use chrono::{DateTime, Utc};
use lp_domain::Timestamp;
use lp_http::auth::testing::Who;
use lp_progress_store::Catalogue;
use lp_progress_store::jobs::work_on_a_job;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Answer, Client, claim_key, enrolled, manager};

/// Does all rows of all jobs.
async fn work(pool: &PgPool) {
    let now = Timestamp::try_from(chrono::Utc::now()).unwrap();
    loop {
        let mut tx = pool.begin().await.unwrap();
        let worked =
            work_on_a_job(&mut tx, &mut Catalogue::default(), Some(&claim_key()), 4, now).await.unwrap();
        tx.commit().await.unwrap();
        if worked.is_none() {
            return;
        }
    }
}

/// Sends a table of facts and does it; the job's rows as outcome and detail.
async fn import(pool: &PgPool, client: &Client, query: &str, table: &str) -> Vec<(String, String)> {
    let headers = [(header::CONTENT_TYPE.as_str(), "text/csv")];
    let job = client.send("POST", &format!("/facts{query}"), &headers, table).await.is(201);
    work(pool).await;
    let place = job.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let rows = client.get(&format!("{place}/rows?limit=200")).await.is(200).json()["items"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.as_array().unwrap().iter().map(|row| (text(&row["outcome"]), text(&row["detail"]))).collect()
}

/// Progress of learner 42, and when they completed the run.
async fn standing(pool: &PgPool) -> (f64, Option<DateTime<Utc>>) {
    let standing = "SELECT progress, completed_at FROM progress WHERE learner_id = 42";
    sqlx::query_as(standing).fetch_one(pool).await.unwrap()
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn history_from_before_the_bus_counts_by_its_own_dates(pool: PgPool) {
    let manager = manager(&pool).await;
    enrolled(&pool, [42]).await;
    let table = "user_id,context_key,kind,value,mode,occurred_at,reason,evidence\n\
        42,course-v1:Org+C1+2026,passing,TRUE,,2019-05-04T10:00:00Z,,https://old.example.com/1\n\
        42,course-v1:Org+C2+2026,passing,true,,2020-01-01T00:00:00+02:00,from the archive,\n\
        42,course-v1:Org+C2+2026,grade,0.83,,2020-01-01T00:00:00Z,,\n\
        42,course-v1:Org+C2+2026,completion,1,,2020-01-01T00:00:00Z,,\n\
        42,course-v1:Org+C2+2026,certificate,downloadable,verified,2020-01-01T00:00:00Z,,\n\
        42,course-v1:Org+C2+2026,enrolment,false,audit,2020-01-01T00:00:00Z,,\n\
        42,course-v1:Org+C9+2026,exam,verified,,2020-01-01T00:00:00Z,,\n\
        43,course-v1:Org+C1+2026,override,true,,,seen,\n";
    let tried = import(&pool, &manager, "?dry_run=true&reason=history", table).await;
    assert_eq!(count(&pool, "SELECT count(*) FROM fact_journal").await, 0, "a dry run");
    let rows = import(&pool, &manager, "?reason=history", table).await;
    assert_eq!((rows.len(), &tried), (8, &rows));
    assert!(rows.iter().all(|(outcome, _)| outcome == "recorded"), "{rows:?}");
    assert_eq!(standing(&pool).await, (1.0, "2019-12-31T22:00:00Z".parse().ok()));
    assert_eq!(count(&pool, "SELECT count(*) FROM fact_journal").await, 8);
    let signed: Vec<(String, String)> = sqlx::query_as(
        "SELECT reason, count(*)::text FROM fact_sources WHERE actor = 'user:2' GROUP BY 1 ORDER BY 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let signed: BTreeMap<_, _> = signed.into_iter().collect();
    let expected = [("from the archive", "1"), ("history", "6"), ("seen", "1")];
    assert_eq!(signed, expected.map(|(reason, rows)| (reason.to_owned(), rows.to_owned())).into());
    let audit = manager.get("/audit?target=learner:42").await.is(200).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 7);
    assert_eq!(audit["items"][6]["after"]["fact"]["evidence"], "https://old.example.com/1");
    // Judged from scratch it is the same: recorded facts are facts.
    let mut conn = pool.acquire().await.unwrap();
    let (catalogue, now) = (&mut Catalogue::default(), Timestamp::try_from(chrono::Utc::now()).unwrap());
    let (_, differences) = lp_progress_store::rebuild(&mut conn, catalogue, 0, 100, now).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_row_that_cannot_be_recorded_says_why(pool: PgPool) {
    let manager = manager(&pool).await;
    let table = "user_id,username,context_key,kind,value,mode,occurred_at,expires_at,reason\n\
        42,,course-v1:Org+C1+2026,passing,true,,,,\n\
        42,,course-v1:Org+C1+2026,passing,maybe,,,,\n\
        42,,course-v1:Org+C1+2026,grade,1.2,,,,\n\
        42,,course-v1:Org+C1+2026,grade,0.5,verified,,,\n\
        42,,course-v1:Org+C1+2026,exam,won,,,,\n\
        42,,course-v1:Org+C1+2026,override,true,,,,\n\
        42,,course-v1:Org+C1+2026,passing,true,,,2030-01-01T00:00:00Z,\n\
        42,,course-v1:Org+C1+2026,passing,true,,2999-01-01T00:00:00Z,,\n\
        42,,path-v1:Org+N+R+G,passing,true,,,,\n\
        42,,,passing,true,,,,\n\
        42,,course-v1:Org+C1+2026,,true,,,,\n\
        42,,course-v1:Org+C1+2026,passing,,,,,\n\
        42,,course-v1:Org+C1+2026,feeling,good,,,,\n\
        ,,course-v1:Org+C1+2026,passing,true,,,,\n\
        ,nobody,course-v1:Org+C1+2026,passing,true,,,,\n";
    let rows = import(&pool, &manager, "", table).await;
    let told: Vec<String> =
        rows.into_iter().map(|(outcome, detail)| format!("{outcome}: {detail}")).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(count(&pool, "SELECT count(*) FROM fact_journal").await, 1);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn facts_of_another_organisations_courses_are_not_for_a_manager_to_state(pool: PgPool) {
    let manager = manager(&pool).await;
    let fact =
        |context: &str| json!({ "user_id": 42, "context_key": context, "kind": "passing", "value": true });
    let ours = fact("course-v1:Org+C1+2026");
    let rows = json!({ "rows": [ours, fact("course-v1:Other+C1+2026")] });
    manager.post("/facts", rows).await.is(403);
    let vouched = json!({ "context_key": "course-v1:Other+C1+2026", "reason": "seen" });
    manager.post("/learners/42/overrides", vouched.clone()).await.is(403);
    assert_eq!(count(&pool, "SELECT count(*) FROM jobs").await, 0);
    Client::new(&pool, Who::Administrator).post("/learners/42/overrides", vouched).await.is(201);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_override_is_recorded_once_an_idempotency_key_and_wants_a_reason(pool: PgPool) {
    let manager = manager(&pool).await;
    enrolled(&pool, [42]).await;
    let ask = async |body: Value| -> Answer {
        let headers = [("idempotency-key", "k"), ("content-type", "application/json")];
        manager.send("POST", "/learners/42/overrides", &headers, &body.to_string()).await
    };
    let body = json!({ "context_key": "course-v1:Org+C1+2026", "reason": "an equal course elsewhere",
        "evidence": "https://example.com/transcript/1" });
    let first = ask(body.clone()).await.is(201).json();
    assert_eq!(ask(body).await.is(201).json(), first);
    assert_eq!(count(&pool, "SELECT count(*) FROM fact_journal").await, 1);
    assert_eq!(standing(&pool).await, (0.5, None));
    for wrong in [
        json!({ "context_key": "course-v1:Org+C1+2026" }),
        json!({ "context_key": "course-v1:Org+C1+2026", "reason": " " }),
        json!({ "context_key": "nothing", "reason": "seen" }),
    ] {
        let status = manager.post("/learners/42/overrides", wrong.clone()).await.status;
        assert!((400..500).contains(&status), "{wrong}: {status}");
    }
}
