//! Who is in a path, in and out.

use axum::body::Body;
use axum::http::{Request, header};
use lp_http::auth::testing::{cookies, token};
use lp_progress_store::audit::{self, Filter};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{INV, PREFIX, PUB, Service, User, seed};

const FORBIDDEN: &str = "You do not have permission to perform this action.";
const NO_PATH: &str = "No LearningPath matches the given query.";
const NOT_IN: &str = "No LearningPathEnrollment matches the given query.";

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_1_2_a_post_without_a_body_enrols_and_answers_in_numbers(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let uri = format!("{PUB}/enrollments/");
    assert_eq!(service.get(User::Ann, &uri).await.is(200).json(), json!([]));
    let made = service.post(User::Ann, &uri).await.is(201).json();
    assert_eq!(made["created"].as_str().map(str::len), Some("2026-11-23T09:27:23.783033Z".len()));
    let row = json!({ "user": 3, "learning_path": 1, "is_active": true, "created": made["created"] });
    assert_eq!(made, row);
    assert_eq!(service.get(User::Ann, &uri).await.is(200).json(), json!([row]));
    service.post(User::Ann, &uri).await.says(409, "Enrollment exists.");
    assert_eq!(service.send(User::Ann, "DELETE", &uri, "", "").await.is(204).text, "");
    service.send(User::Ann, "DELETE", &uri, "", "").await.says(404, NOT_IN);
    assert_eq!(service.post(User::Ann, &uri).await.is(200).json(), row, "and the first date stays");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_is_written_has_its_audit_row_and_its_event(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    service.post(User::Ann, &format!("{PUB}/enrollments/")).await.is(201);
    let mut conn = pool.acquire().await.unwrap();
    let target = Some(format!("enrolment:{PUB}/3"));
    let log = audit::list(&mut conn, &Filter { target, ..Filter::default() }, 10).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].actor.as_str(), log[0].action.as_str()), ("user:3", "enrolment.created"));
    assert!(log[0].request_id.is_some());
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE partition_key = 3")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(events, 1);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn staff_enrol_others_and_learners_do_not(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let whom = |name: &str| json!({ "username": name });
    let uri = format!("{INV}/enrollments/");
    for key in [PUB, INV, "path-v1:OX+NONE+2026+a", "garbage:x"] {
        let uri = format!("{key}/enrollments/");
        service.json(User::Ann, "POST", &uri, &whom("bob")).await.says(403, FORBIDDEN);
        service.json(User::Ann, "DELETE", &uri, &whom("bob")).await.says(403, FORBIDDEN);
    }
    service.post(User::Ann, &uri).await.says(404, NO_PATH);
    service
        .json(User::Staff, "POST", &uri, &whom("nobody"))
        .await
        .says(404, "No User matches the given query.");
    service
        .json(User::Staff, "POST", "path-v1:OX+NONE+2026+a/enrollments/", &whom("nobody"))
        .await
        .says(404, NO_PATH);
    assert_eq!(service.json(User::Staff, "POST", &uri, &whom("ann")).await.is(201).json()["user"], 3);
    assert_eq!(service.json(User::Staff, "POST", &uri, &whom("")).await.is(201).json()["user"], 1);
    assert_eq!(service.json(User::Manager, "POST", &uri, &whom("bob")).await.is(201).json()["user"], 4);
    service.json(User::Auditor, "POST", &uri, &whom("bob")).await.says(403, FORBIDDEN);
    let other = "path-v1:O.X+D.1+2026.1+a/enrollments/";
    service.json(User::Manager, "POST", other, &whom("bob")).await.says(403, FORBIDDEN);
    let names = service.get(User::Auditor, &uri).await.is(200).json();
    assert_eq!(names.as_array().unwrap().len(), 3);
    for (name, count) in [("ann", 1), ("nobody", 0)] {
        let found = service.get(User::Staff, &format!("{uri}?username={name}")).await.is(200).json();
        assert_eq!(found.as_array().unwrap().len(), count);
    }
    service.get(User::Ann, &format!("{uri}?username=ANN")).await.says(403, FORBIDDEN);
    service.get(User::Ann, &format!("{uri}?username=ann")).await.is(200);
    service.json(User::Staff, "DELETE", &uri, &whom("ann")).await.is(204);
    service.post(User::Ann, &uri).await.says(404, NO_PATH);
    // The query is not looked at.
    let mine = service.post(User::Staff, &format!("{PUB}/enrollments/?username=bob")).await.is(201).json();
    assert_eq!(mine["user"], 1);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_83_a_key_in_another_case_gives_nobody_another_organisation(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let uri = "path-v1:ox+pub+2026+a/enrollments/";
    let bob = json!({ "username": "bob" });
    service.get(User::TwinManager, uri).await.says(403, FORBIDDEN);
    service.get(User::TwinManager, &format!("{uri}?username=bob")).await.says(403, FORBIDDEN);
    service.json(User::TwinManager, "POST", uri, &bob).await.says(403, FORBIDDEN);
    service.json(User::TwinManager, "DELETE", uri, &bob).await.says(403, FORBIDDEN);
    let keys = json!({ "learning_paths": "path-v1:ox+pub+2026+a", "emails": "bob@x.org" });
    let bulk =
        service.json(User::TwinManager, "POST", "enrollments/bulk-enroll/", &keys).await.is(201).json();
    assert_eq!(bulk["enrollments_created"], 0);
    let uri = "path-v1:ox+inv+2026+a/enrollments/";
    service.json(User::TwinManager, "POST", uri, &bob).await.says(404, NO_PATH);
    service.json(User::Staff, "POST", uri, &bob).await.is(201);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_3_the_list_of_enrolments_has_past_ones_and_takes_a_page_size(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    for who in [User::Ann, User::Bob] {
        service.post(who, &format!("{PUB}/enrollments/")).await.is(201);
    }
    service.send(User::Bob, "DELETE", &format!("{PUB}/enrollments/"), "", "").await.is(204);
    let page = service.get(User::Bob, "enrollments/?username=ann").await.is(200).json();
    assert_eq!(page["results"][0]["user"], 4);
    assert_eq!((&page["count"], &page["results"][0]["is_active"]), (&json!(1), &json!(false)));
    let page = service.get(User::Staff, "enrollments/?page_size=1&page=2").await.is(200).json();
    let previous = format!("http://testserver{PREFIX}enrollments/?page_size=1");
    let row = page["results"][0].clone();
    assert_eq!(row["user"], 4);
    assert_eq!(
        page,
        json!({ "next": null, "previous": previous, "count": 2, "num_pages": 2, "current_page": 2, "start": 1,
                "results": [row] })
    );
    let count =
        async |who| service.get(who, "enrollments/?page_size=1000").await.is(200).json()["count"].clone();
    assert_eq!(count(User::Manager).await, 2);
    assert_eq!(count(User::Ann).await, 1);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_7_errors_are_in_the_plugins_words(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let answer = service.get(User::Nobody, "learning-paths/").await;
    assert_eq!(answer.headers["www-authenticate"], "JWT realm=\"api\"");
    answer.says(401, "Authentication credentials were not provided.");
    for (header, detail) in [
        ("JWT x", "Invalid token."),
        ("jwt x.y.z", "Invalid token."),
        ("Bearer x", "Authentication credentials were not provided."),
    ] {
        let request = Request::builder().uri(format!("{PREFIX}learning-paths/"));
        let request = request.header(header::AUTHORIZATION, header).body(Body::empty()).unwrap();
        service.ask(request).await.says(401, detail);
    }
    let uri = format!("{PUB}/enrollments/");
    service.send(User::Ann, "PUT", &uri, "", "").await.says(405, "Method \"PUT\" not allowed.");
    let text = service.send(User::Ann, "POST", &uri, "text/plain", "x").await;
    text.says(415, "Unsupported media type \"text/plain\" in request.");
    service.get(User::Ann, "nothing/").await.says(404, "Not found.");
    let wrong = service.send(User::Ann, "POST", &uri, "application/json", "{").await.is(400).json();
    assert!(wrong["detail"].as_str().unwrap().starts_with("JSON parse error - "));
    let large = "x".repeat(65 * 1024);
    let large = service.send(User::Ann, "POST", &uri, "application/json", &large).await.is(413).json();
    assert!(large["detail"].is_string());
    service.send(User::Ann, "HEAD", "learning-paths/", "", "").await.is(200);
    let options = service.send(User::Ann, "OPTIONS", &uri, "", "").await.is(200);
    assert!(options.headers["allow"].to_str().unwrap().contains("POST"), "{:?}", options.headers);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_9_the_mfe_on_the_lms_host_enrols_with_the_token_that_the_lms_gave(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let secret = "a".repeat(32);
    let post = async |sent: &str| {
        let cookie = format!("{}; csrftoken={secret}", cookies(&token(3, &json!({}))));
        let request = Request::builder().method("POST").uri(format!("{PREFIX}{PUB}/enrollments/"));
        let request = request.header(header::COOKIE, cookie).header("x-csrftoken", sent);
        service.ask(request.body(Body::empty()).unwrap()).await
    };
    post("").await.says(403, "CSRF Failed: CSRF token missing or incorrect.");
    // A mask over a secret of the first letter is the cipher itself.
    post(&"bcD9".repeat(16)).await.is(201);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn who_is_kept_out_stays_out_and_a_run_may_take_nobody_again(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let uri = format!("{PUB}/enrollments/");
    service.post(User::Ann, &uri).await.is(201);
    sqlx::query("UPDATE enrolments SET state = 'suspended'").execute(&pool).await.unwrap();
    service.post(User::Ann, &uri).await.says(409, "Enrollment exists.");
    let page = service.get(User::Ann, "enrollments/").await.is(200).json();
    assert_eq!(page["results"][0]["is_active"], Value::Bool(false));
    sqlx::query("UPDATE enrolments SET state = 'withdrawn'").execute(&pool).await.unwrap();
    sqlx::query("UPDATE runs SET policy = policy || '{\"re_enrolment\": \"refused\"}'")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("UPDATE catalogue_version SET version = version + 1").execute(&pool).await.unwrap();
    service.post(User::Ann, &uri).await.says(409, "the run does not take the learner again like this");
}
