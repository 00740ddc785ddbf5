//! Facts held against what an LMS has that keeps to the platform's contract.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use lp_devstack::LmsApi;
use lp_devstack::lms_api::{Account, Certificate, Fault, Grade};
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::courses::{COURSES, is_done, lms, work};
use crate::support::{Client, RUN, enrolled, manager};

/// Asks for a check at once; its place.
async fn check(manager: &Client, body: Value) -> String {
    let check = manager.post(&format!("/runs/{RUN}/gap-checks"), body).await.is(201);
    check.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned()
}

fn now(heal: bool) -> Value {
    json!({ "settle_seconds": 0, "heal": heal })
}

/// In both courses, with a grade in the first.
fn studies(lms: &LmsApi, learner: i64, passed: bool, percent: f64) {
    let name = format!("learner{learner}");
    for course in COURSES {
        lms.set_enrolment(&name, course, "audit", true);
    }
    lms.set_grade(&name, COURSES[0], Grade { passed, percent });
}

/// What was found, in short.
async fn findings(manager: &Client, check: &str, query: &str) -> Vec<String> {
    let page = manager.get(&format!("{check}/findings{query}")).await.is(200).json();
    let short = |one: &Value| {
        let course = COURSES.iter().position(|course| one["context_key"] == **course).unwrap() + 1;
        let outcome = one["outcome"].as_str().unwrap_or("-");
        let (held, mut told) = (!one["held"].is_null(), one["told"].clone());
        told.as_object_mut().unwrap().remove("kind");
        format!("{} C{course} {} {held} {told} {outcome}", one["user_id"], one["kind"].as_str().unwrap())
    };
    page["items"].as_array().unwrap().iter().map(short).collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_check_finds_what_the_lms_has_of_each_kind_and_records_it_when_asked(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    enrolled(&pool, [11, 12, 13, 99]).await;
    studies(&lms, 11, true, 0.8);
    // Not in the second course any more, with a certificate from before.
    studies(&lms, 12, false, 0.3);
    lms.set_enrolment("learner12", COURSES[1], "verified", false);
    let given = Certificate { status: "downloadable".into(), mode: "verified".into(), grade: "0.9".into() };
    lms.set_certificate("learner12", COURSES[1], given);
    let rows = [11, 13].map(|id| {
        json!({ "user_id": id, "context_key": COURSES[0], "kind": "enrolment", "value": true, "mode": "audit" })
    });
    let job = manager.post("/facts", json!({ "rows": rows })).await.is(201).json();
    let job = format!("/jobs/{}", job["job_id"].as_str().unwrap());
    work(&pool, &lms, is_done, &manager, &job).await;
    let check = check(&manager, now(false)).await;
    work(&pool, &lms, is_done, &manager, &check).await;

    let detail = manager.get(&check).await.is(200).json();
    assert_eq!(
        (&detail["total"], &detail["done"], &detail["seconds_left"]),
        (&json!(8), &json!(8), &json!(0))
    );
    assert_eq!(detail["outcomes"], json!({ "different": 5, "same": 1, "unknown_learner": 2 }));
    let expected = [
        r#"11 C1 grade false {"grade":0.8} -"#,
        r#"11 C1 passing false {"passing":true} -"#,
        r#"11 C2 enrolment false {"active":true,"mode":"audit"} -"#,
        r#"12 C1 enrolment false {"active":true,"mode":"audit"} -"#,
        r#"12 C2 certificate false {"mode":"verified","status":"downloadable"} -"#,
        r#"13 C1 enrolment true {"active":false,"mode":""} -"#,
    ];
    assert_eq!(findings(&manager, &check, "").await, expected);
    assert_eq!(findings(&manager, &check, "?kind=grade").await, expected[..1]);
    assert_eq!(findings(&manager, &check, "?healed=true").await, [""; 0]);
    let page = manager.get(&format!("{check}/findings?limit=4")).await.is(200).json();
    let next = format!("?limit=4&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(findings(&manager, &check, &next).await, expected[4..]);
    // 99 is nobody there. Of 12 no grade is told in a course that they left, and 13 has nothing in either.
    assert_eq!((lms.calls("grade"), lms.calls("certificate"), lms.calls("enrolments")), (3, 4, 2));

    manager.post(&format!("{check}/heal"), json!({ "reason": "a topic was lost" })).await.is(200);
    work(&pool, &lms, is_done, &manager, &check).await;
    let detail = manager.get(&check).await.json();
    assert_eq!(detail["healer"], "user:2");
    let gaps: BTreeMap<String, Value> = serde_json::from_value(detail["gaps"].clone()).unwrap();
    assert!(gaps.values().all(|gap| gap["found"] == gap["healed"]) && gaps.len() == 4, "{gaps:?}");
    let actions =
        manager.get(&format!("/audit?target=gap-check:{}", detail["check_id"].as_str().unwrap())).await;
    let actions = actions.is(200).json()["items"].clone();
    assert_eq!(
        (&actions[0]["action"], &actions[0]["reason"], &actions[1]["action"]),
        (&json!("gap_check.healed"), &json!("a topic was lost"), &json!("gap_check.created"))
    );
    // The next check finds nothing more.
    let next = self::check(&manager, now(false)).await;
    work(&pool, &lms, is_done, &manager, &next).await;
    assert_eq!(manager.get(&next).await.json()["outcomes"], json!({ "same": 6, "unknown_learner": 2 }));
    let list = manager.get(&format!("/gap-checks?run_key={}", RUN.replace('+', "%2B"))).await.is(200).json();
    let ids: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|one| &one["check_id"]).collect();
    assert_eq!((ids.len(), ids[1]), (2, &detail["check_id"]), "the latest first");
    assert_eq!(
        manager.get("/gap-checks?run_key=path-v1:Org%2BN%2Bother%2Bopen").await.json()["items"],
        json!([])
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_lms_that_fails_and_a_service_that_ends_leave_nobody_out_and_find_nothing_twice(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    enrolled(&pool, 11..=30).await;
    for learner in 11..=30 {
        studies(&lms, learner, learner % 2 == 0, 0.8);
    }
    lms.fail("grade", Fault::Cut, 1);
    lms.fail("certificate", Fault::Page(StatusCode::BAD_GATEWAY), 2);
    let check = check(&manager, now(true)).await;
    let some = |at_least: i64| move |check: &Value| check["done"].as_i64().unwrap() >= at_least;
    for done in [3, 17] {
        work(&pool, &lms, some(done), &manager, &check).await;
        assert_eq!(manager.get(&check).await.json()["state"], "running");
    }
    tokio::join!(work(&pool, &lms, is_done, &manager, &check), work(&pool, &lms, is_done, &manager, &check),);
    let detail = manager.get(&check).await.json();
    assert_eq!(detail["outcomes"], json!({ "different": 40 }));
    assert_eq!(
        detail["gaps"],
        json!({ "enrolment": { "found": 40, "healed": 40 }, "grade": { "found": 10, "healed": 10 },
            "passing": { "found": 10, "healed": 10 } })
    );
    let facts: i64 = sqlx::query_scalar("SELECT count(*) FROM fact_journal").fetch_one(&pool).await.unwrap();
    assert_eq!(facts, 60);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_answer_that_is_odd_is_no_gap_and_holds_up_nobody_else(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    enrolled(&pool, [11, 12]).await;
    for learner in [11, 12] {
        studies(&lms, learner, true, 0.8);
    }
    lms.set_grade("learner11", COURSES[0], Grade { passed: true, percent: 8.0 });
    let check = check(&manager, now(false)).await;
    work(&pool, &lms, |check| check["done"] == 3, &manager, &check).await;
    let expected = "12 C1 passing";
    assert!(findings(&manager, &check, "?kind=passing").await[0].starts_with(expected));
    manager.post(&format!("{check}/cancel"), Value::Null).await.is(200);
    let detail = manager.get(&check).await.json();
    assert_eq!(detail["outcomes"], json!({ "cancelled": 1, "different": 3 }));
    assert_eq!(detail["state"], "cancelled");
    manager.post(&format!("{check}/heal"), Value::Null).await.is(409);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn who_has_another_name_by_now_is_looked_for_by_id(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    enrolled(&pool, [11]).await;
    sqlx::query(
        "INSERT INTO learner_profiles (learner_id, username, email, full_name, is_active, told_at, event_id)
         VALUES (11, 'learner12', '', '', true, now(), gen_random_uuid())",
    )
    .execute(&pool)
    .await
    .unwrap();
    studies(&lms, 12, true, 0.8);
    let check = check(&manager, now(false)).await;
    work(&pool, &lms, is_done, &manager, &check).await;
    assert_eq!(findings(&manager, &check, "").await, [""; 0], "what is of 12 is not of 11");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn learners_who_wait_for_their_courses_do_not_wait_for_a_check(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    enrolled(&pool, 21..=30).await;
    for learner in 100..=160 {
        lms.add_account(Account::learner(learner, &format!("learner{learner}")));
    }
    enrolled(&pool, 100..=160).await;
    let check = check(&manager, now(false)).await;
    let rows: Vec<Value> = (11..=15).map(|id| json!({ "run_key": RUN, "user_id": id })).collect();
    let job = manager.post("/jobs?courses=true", json!({ "rows": rows })).await.is(201);
    let job = job.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    work(&pool, &lms, is_done, &manager, &job).await;
    let done = manager.get(&check).await.json()["done"].as_i64().unwrap();
    assert!(done < 122, "the check goes on: {done}");
    work(&pool, &lms, is_done, &manager, &check).await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_check_that_cannot_be_is_refused(pool: PgPool) {
    let manager = manager(&pool).await;
    let place = format!("/runs/{RUN}/gap-checks");
    for wrong in [json!({ "sample": 0 }), json!({ "sample": 1_000_001 }), json!({ "settle_seconds": 3_601 })]
    {
        manager.post(&place, wrong).await.is(422);
    }
    manager.post("/runs/path-v1:Org+N+none+open/gap-checks", json!({})).await.is(404);
    Client::without_lms(&pool, Who::Manager).post(&place, json!({})).await.is(409);
    let key = [("idempotency-key", "one")];
    let first = manager.ask("POST", &place, &key, json!({ "sample": 5 })).await.is(201).json();
    assert_eq!(manager.ask("POST", &place, &key, json!({ "sample": 5 })).await.is(201).json(), first);
    assert_eq!(
        (&first["sample"], &first["settle_seconds"], &first["healer"]),
        (&json!(5), &json!(60), &json!(null))
    );
    assert!(manager.post(&place, json!({})).await.is(409).text.contains("goes on"));
    let other = Client::new(&pool, Who::OtherManager);
    let check = format!("/gap-checks/{}", first["check_id"].as_str().unwrap());
    for (method, more) in [("GET", ""), ("GET", "/findings"), ("POST", "/heal"), ("POST", "/cancel")] {
        other.ask(method, &format!("{check}{more}"), &[], Value::Null).await.is(404);
    }
    assert_eq!(other.get("/gap-checks").await.is(200).json()["items"], json!([]));
}
