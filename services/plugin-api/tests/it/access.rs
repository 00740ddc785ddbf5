//! Who is let in where, and what they are shown: rows 82, 83, 85 and 86 of the list of faults.

use lp_domain::{PathDetails, PathId, RunKey, RunPolicy};
use lp_http::auth::testing::{Row, Who, walk};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{PREFIX, Service};

const RUN: &str = "path-v1:Org+N+2026+open";

/// People, and the operator, who sees what there is as they do.
const PEOPLE: &[Who] =
    &[Who::Learner, Who::OtherLearner, Who::Manager, Who::OtherManager, Who::Administrator, Who::Auditor];

async fn run(pool: &PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let (by, key) = (By::command("test"), RunKey::parse(RUN).unwrap());
    let path = Path { id: PathId::from(&key), title: "A path".into(), details: PathDetails::default() };
    put_path(&mut conn, &by, &path).await.unwrap();
    let definition = json!({
        "items": [{ "id": "c1", "key": "course-v1:Org+C1+2026", "title": "A course" }],
        "requirement": { "all_of": [{ "item": "c1" }] },
    });
    let definition = serde_json::from_value(definition).unwrap();
    put_run(&mut conn, &by, &key, &RunPolicy::default(), &definition).await.unwrap();
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_82_83_85_86_every_route_lets_in_whom_it_must_and_shows_what_it_may(pool: PgPool) {
    run(&pool).await;
    let below = |more: &str| format!("{RUN}/{more}");
    let row = |operation: &'static str, uri: String, body: Value, allowed: &[&[Who]]| Row {
        operation,
        uri: format!("{PREFIX}{uri}"),
        body: (!body.is_null()).then_some(body),
        allowed: allowed.concat(),
    };
    let more = &[Who::Operator, Who::Reader, Who::OtherService, Who::IdentityWorker, Who::Cookie];
    let look: &[&[Who]] = &[PEOPLE, more];
    let own: &[&[Who]] = &[PEOPLE, &[Who::Reader, Who::Cookie]];
    let bulk: &[&[Who]] = &[&[Who::Manager, Who::OtherManager, Who::Administrator, Who::OtherService]];
    let other = json!({ "username": "user43" });
    let rows = [
        row("GET /api/learning_paths/v1/programs/", "programs/".into(), Value::Null, look),
        row("GET /api/learning_paths/v1/programs/{pk}/", "programs/1/".into(), Value::Null, look),
        row("GET /api/learning_paths/v1/learning-paths/", "learning-paths/".into(), Value::Null, look),
        row(
            "GET /api/learning_paths/v1/learning-paths/{key}/",
            format!("learning-paths/{RUN}/"),
            Value::Null,
            look,
        ),
        row("GET /api/learning_paths/v1/{key}/progress/", below("progress/"), Value::Null, own),
        row("GET /api/learning_paths/v1/{key}/grade/", below("grade/"), Value::Null, own),
        row(
            "GET /api/learning_paths/v1/{key}/enrollments/",
            below("enrollments/?username=user43"),
            Value::Null,
            &[&[
                Who::OtherLearner,
                Who::Manager,
                Who::Administrator,
                Who::Auditor,
                Who::Operator,
                Who::Reader,
                Who::Cookie,
            ]],
        ),
        row(
            "POST /api/learning_paths/v1/{key}/enrollments/",
            below("enrollments/"),
            other.clone(),
            &[&[Who::OtherLearner, Who::Manager, Who::Administrator]],
        ),
        row(
            "DELETE /api/learning_paths/v1/{key}/enrollments/",
            below("enrollments/"),
            other.clone(),
            &[&[Who::OtherLearner, Who::Manager, Who::Administrator]],
        ),
        row(
            "POST /api/learning_paths/v1/{key}/enrollments/{course}/",
            below("enrollments/course-v1:Org+C1+2026/"),
            other,
            &[&[Who::OtherLearner]],
        ),
        row("GET /api/learning_paths/v1/enrollments/", "enrollments/".into(), Value::Null, look),
        row(
            "POST /api/learning_paths/v1/enrollments/bulk-enroll/",
            "enrollments/bulk-enroll/".into(),
            json!({ "learning_paths": RUN, "emails": "somebody@x.org" }),
            bulk,
        ),
        row(
            "DELETE /api/learning_paths/v1/enrollments/bulk-enroll/",
            "enrollments/bulk-enroll/".into(),
            json!({ "learning_paths": RUN, "emails": "somebody@x.org" }),
            bulk,
        ),
    ];
    let walked = walk(&Service::new(&pool).0, &lp_plugin_api::openapi(), &rows).await.unwrap();
    assert!(walked.wrong.is_empty(), "{}", walked.wrong.join("\n"));
    insta::assert_debug_snapshot!("what_each_role_is_shown", walked.shown);
}
