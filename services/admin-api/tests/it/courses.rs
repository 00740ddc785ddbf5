//! Learners enrolled in the courses of their runs, at an LMS that keeps to the platform's contract.

use std::collections::BTreeMap;

use lp_devstack::LmsApi;
use lp_devstack::lms_api::{Account, Course, Fault};
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::service::serve_until;
use crate::support::{Client, RUN, manager};

pub(crate) const COURSES: [&str; 2] = ["course-v1:Org+C1+2026", "course-v1:Org+C2+2026"];

/// An LMS with both courses and learners 11 to 30, called `learner11` and so on.
pub(crate) async fn lms() -> LmsApi {
    let lms = LmsApi::start().await.unwrap();
    lms.throttle(100_000);
    for id in 11..=30 {
        lms.add_account(Account::learner(id, &format!("learner{id}")));
    }
    for course in COURSES {
        lms.add_course(Course::open(course));
    }
    lms
}

/// Takes a job in for these learners, and their courses; its place.
async fn job(manager: &Client, learners: impl IntoIterator<Item = i64>) -> String {
    let rows = learners.into_iter().map(|id| json!({ "run_key": RUN, "user_id": id }));
    let body = json!({ "rows": rows.collect::<Vec<_>>() });
    let job = manager.post("/jobs?courses=true", body).await.is(201);
    job.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned()
}

/// Runs the service against the LMS until the job, or the check, is done, or so much of it.
pub(crate) async fn work(
    pool: &PgPool,
    lms: &LmsApi,
    done: impl Fn(&Value) -> bool,
    manager: &Client,
    job: &str,
) {
    let url = lms.url();
    let settings = [
        ("LP_LMS_URL", url.as_str()),
        ("LP_LMS_CLIENT_ID", LmsApi::CLIENT_ID),
        ("LP_LMS_CLIENT_SECRET", LmsApi::CLIENT_SECRET),
        ("LP_LMS_CALLS_PER_MINUTE", "10000"),
    ];
    serve_until(pool, &settings, async || done(&manager.get(job).await.is(200).json())).await;
}

pub(crate) fn is_done(job: &Value) -> bool {
    job["state"] == "done"
}

/// Outcomes by learner and course.
async fn outcomes(manager: &Client, job: &str) -> BTreeMap<(i64, String), String> {
    let page = manager.get(&format!("{job}/courses?limit=200")).await.is(200).json();
    let one = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        ((one["user_id"].as_i64().unwrap(), text("course_key")), text("outcome"))
    };
    page["items"].as_array().unwrap().iter().map(one).collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn each_learner_and_course_has_an_outcome_as_far_as_the_lms_tells(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    lms.add_course(Course { invite_only: true, ..Course::open(COURSES[1]) });
    lms.set_enrolment("learner11", COURSES[0], "verified", true);
    lms.set_enrolment("learner11", COURSES[1], "audit", true);
    let job = job(&manager, [11, 12, 99]).await;
    work(&pool, &lms, is_done, &manager, &job).await;
    let expected = [
        (11, 0, "already_enrolled"),
        (11, 1, "already_enrolled"),
        (12, 0, "enrolled"),
        (12, 1, "invitation_only"),
        (99, 0, "unknown_learner"),
        (99, 1, "unknown_learner"),
    ];
    let expected =
        expected.map(|(id, course, outcome)| ((id, COURSES[course].to_owned()), outcome.to_owned()));
    assert_eq!(outcomes(&manager, &job).await, expected.into());
    let detail = manager.get(&job).await.is(200).json();
    assert_eq!(detail["outcomes"], json!({ "enrolled": 3 }), "in the run all are");
    let courses = &detail["courses"];
    assert_eq!(
        (&courses["total"], &courses["done"], &courses["seconds_left"]),
        (&json!(6), &json!(6), &json!(0))
    );
    assert_eq!(courses["outcomes"]["unknown_learner"], 2);
    let attributes =
        &lms.enrolments().into_iter().find(|one| one.username == "learner12").unwrap().attributes;
    assert_eq!(attributes[0], ("learning_paths".into(), "path_run".into(), RUN.into()));
    let some = manager.get(&format!("{job}/courses?outcome=enrolled&limit=1")).await.is(200).json();
    assert_eq!(some["items"][0]["user_id"], 12);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_site_with_bulk_enrolment_is_asked_once_a_course(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    lms.enable_bulk();
    lms.set_enrolment("learner11", COURSES[0], "audit", true);
    let job = job(&manager, 11..=30).await;
    work(&pool, &lms, is_done, &manager, &job).await;
    let outcomes = outcomes(&manager, &job).await;
    assert_eq!(outcomes.len(), 40);
    assert_eq!(outcomes[&(11, COURSES[0].to_owned())], "already_enrolled");
    assert_eq!(outcomes.values().filter(|outcome| *outcome == "enrolled").count(), 39);
    assert_eq!((lms.calls("bulk_enrol"), lms.calls("enrol")), (2, 0));
    assert_eq!(lms.enrolments().len(), 40);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn nobody_is_enrolled_twice_though_the_lms_fails_and_the_service_ends(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    lms.fail("enrol", Fault::Cut, 1);
    let job = job(&manager, 11..=30).await;
    let some = |at_least: i64| move |job: &Value| job["courses"]["done"].as_i64().unwrap() >= at_least;
    work(&pool, &lms, some(3), &manager, &job).await;
    assert_eq!(manager.get(&job).await.json()["state"], "running");
    lms.fail("enrolment", Fault::Page(axum::http::StatusCode::BAD_GATEWAY), 2);
    work(&pool, &lms, some(20), &manager, &job).await;
    work(&pool, &lms, is_done, &manager, &job).await;
    let outcomes = outcomes(&manager, &job).await;
    assert_eq!((outcomes.len(), lms.enrolments().len()), (40, 40));
    let known = |outcome: &String| ["enrolled", "already_enrolled"].contains(&outcome.as_str());
    assert!(outcomes.values().all(known), "{outcomes:?}");
    // One was sent without an answer; one perhaps each time that the service ended.
    assert!(lms.calls("enrol") <= 40, "{}", lms.calls("enrol"));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn of_several_services_one_calls_the_lms(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    let job = job(&manager, 11..=30).await;
    let work = || work(&pool, &lms, is_done, &manager, &job);
    tokio::join!(work(), work(), work());
    assert_eq!((lms.calls("enrolment"), lms.calls("enrol"), lms.calls("token")), (40, 40, 1));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_cancelled_job_asks_the_lms_for_nothing_more_and_a_dry_run_for_nothing(pool: PgPool) {
    let (manager, lms) = (manager(&pool).await, lms().await);
    lms.fail("enrolment", Fault::Page(axum::http::StatusCode::BAD_GATEWAY), 1_000);
    let job = job(&manager, 11..=12).await;
    work(&pool, &lms, |job| job["courses"]["total"] == 4, &manager, &job).await;
    manager.post(&format!("{job}/cancel"), Value::Null).await.is(200);
    let outcomes = outcomes(&manager, &job).await;
    assert!(outcomes.len() == 4 && outcomes.values().all(|outcome| outcome == "cancelled"), "{outcomes:?}");
    let rows = json!({ "rows": [{ "run_key": RUN, "user_id": 20 }] });
    let dry = manager.post("/jobs?courses=true&dry_run=true", rows.clone()).await.is(201);
    let dry = dry.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    work(&pool, &lms, is_done, &manager, &dry).await;
    assert_eq!(manager.get(&dry).await.json()["courses"]["total"], 0);
    assert_eq!(lms.enrolments().len(), 0);
    let refused = Client::without_lms(&pool, Who::Manager).post("/jobs?courses=true", rows).await.is(409);
    assert!(refused.text.contains("LP_LMS_URL"), "{}", refused.text);
}
