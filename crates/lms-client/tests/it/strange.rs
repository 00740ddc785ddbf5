//! Answers that are none of the LMS's, from stubs.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use lp_lms_client::{CertificateTold, Lms, LmsError, Settings, SetupError};
use serde_json::json;

use crate::fixture::{demo, key, settings};

type Asked = Arc<Mutex<Vec<String>>>;

/// A server that gives tokens, and the same answer to everything else, and what it was asked.
async fn stub(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (Lms, Asked) {
    stub_with(move || ready(answer()), |_| {}).await
}

/// The same, with other settings.
async fn stub_with<F>(
    answer: impl FnOnce() -> F + Clone + Send + Sync + 'static,
    change: impl FnOnce(&mut Settings),
) -> (Lms, Asked)
where
    F: Future<Output = Response> + Send,
{
    let asked = Arc::new(Mutex::new(vec![]));
    let seen = Arc::clone(&asked);
    let token = json!({ "access_token": "t", "expires_in": 3600, "token_type": "JWT" });
    let router = Router::new().route("/lms/oauth2/access_token", post(async move || Json(token))).fallback(
        async move |request: Request| {
            seen.lock().unwrap().push(request.uri().to_string());
            answer().await
        },
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/lms/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut settings = settings(&url);
    change(&mut settings);
    (Lms::new(&settings).unwrap(), asked)
}

fn why(error: &LmsError) -> &'static str {
    match error {
        LmsError::Unexpected { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plus_is_encoded_wherever_it_stands_and_a_path_of_the_base_is_kept() {
    let (client, asked) = stub(|| StatusCode::OK.into_response()).await;
    client.enrolment("a+b c", &demo()).await.unwrap();
    client.ids_by_username(&["a+b c"]).await.unwrap_err();
    client.course(&key("edX/DemoX/1")).await.unwrap_err();
    let addresses = [
        "/lms/api/enrollment/v1/enrollment/a%2Bb%20c,course-v1:edX%2BDemoX%2B1",
        "/lms/api/user/v1/accounts?username=a%2Bb+c",
        "/lms/api/enrollment/v1/course/edX/DemoX/1",
    ];
    assert_eq!(*asked.lock().unwrap(), addresses);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let (client, _) = stub(|| " ".repeat(1024 * 1024 + 1).into_response()).await;
    assert_eq!(why(&client.enrolment("alice", &demo()).await.unwrap_err()), "too large");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (client, asked) = stub(|| Redirect::temporary("/lms/elsewhere").into_response()).await;
    assert_eq!(why(&client.enrolment("alice", &demo()).await.unwrap_err()), "a redirect");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_lms_that_is_down_is_not_asked_again_before_it_said_so() {
    let down = || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")]).into_response();
    let (client, asked) = stub(down).await;
    let error = client.ids_by_username(&["alice"]).await.unwrap_err();
    assert_eq!(error, LmsError::Unavailable { retry_after: Some(Duration::from_mins(2)) });
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_has_its_time_and_bulk_enrolment_has_its_own() {
    let soon = Duration::from_millis(50);
    let timed_out = LmsError::Unavailable { retry_after: None };
    let change = |settings: &mut Settings| {
        settings.timeout = soon;
        settings.limits.retries = 0;
    };
    let (client, _) = stub_with(pending, change).await;
    assert_eq!(client.course(&demo()).await, Err(timed_out.clone()));
    let (client, _) = stub_with(pending, |settings| settings.limits.bulk_timeout = soon).await;
    assert_eq!(client.bulk_enrol(&[demo()], &["alice"]).await, Err(timed_out));
}

#[tokio::test]
async fn null_is_no_enrolment_too_and_other_json_is_no_answer() {
    let (client, _) = stub(|| Json(json!(null)).into_response()).await;
    assert_eq!(client.enrolment("alice", &demo()).await, Ok(None));
    let (client, _) = stub(|| Json(json!({ "mode": "audit" })).into_response()).await;
    let error = client.enrolment("alice", &demo()).await.unwrap_err();
    assert_eq!(why(&error), "not the JSON that was asked for");
}

#[tokio::test]
async fn a_grade_or_certificate_that_is_odd_is_an_error_and_none_of_them_missing() {
    let row = |name: &str, course: &str, percent: f64| {
        json!({ "username": name, "course_id": course, "passed": true, "percent": percent,
            "certificate_type": "audit", "status": "downloadable", "is_passing": true })
    };
    let ours = demo().to_string();
    let (other, not_json) = ("of another learner or course", "not the JSON that was asked for");
    for (rows, expected) in [
        (json!([]), "not one grade"),
        (json!([row("alice", &ours, 1.0), row("alice", &ours, 1.0)]), "not one grade"),
        (json!([row("bob", &ours, 1.0)]), other),
        (json!([row("alice", "course-v1:edX+Other+1", 1.0)]), other),
        (json!([row("alice", &ours, 1.5)]), not_json),
        (json!({}), not_json),
    ] {
        let (client, _) = stub(move || Json(rows.clone()).into_response()).await;
        assert_eq!(why(&client.grade("alice", &demo()).await.unwrap_err()), expected);
    }
    let bobs = row("bob", &ours, 1.0);
    let (client, _) = stub(move || Json(bobs.clone()).into_response()).await;
    assert_eq!(why(&client.certificate("alice", &demo()).await.unwrap_err()), other);
    let codeless = || (StatusCode::NOT_FOUND, Json(json!({ "detail": "no" }))).into_response();
    let (client, asked) = stub(codeless).await;
    assert_eq!(why(&client.grade("a+b", &demo()).await.unwrap_err()), not_json);
    assert_eq!(why(&client.certificate("a+b", &demo()).await.unwrap_err()), not_json);
    let addresses = [
        "/lms/api/grades/v1/courses/course-v1:edX%2BDemoX%2B1/?username=a%2Bb",
        "/lms/api/certificates/v0/certificates/a%2Bb/courses/course-v1:edX%2BDemoX%2B1/",
    ];
    assert_eq!(*asked.lock().unwrap(), addresses);
    let no_certificates = json!({ "error_code": "no_certificate_configuration_for_course" });
    let (client, _) =
        stub(move || (StatusCode::NOT_FOUND, Json(no_certificates.clone())).into_response()).await;
    assert_eq!(client.certificate("alice", &demo()).await.unwrap().told, CertificateTold::NotGiven);
}

#[tokio::test]
async fn a_list_of_enrolments_with_rows_of_others_or_without_end_is_an_error() {
    let row = |name: &str, course: &str| json!({ "user": name, "course_id": course, "mode": "audit", "is_active": true });
    let (ours, other) = (demo().to_string(), "of another learner or course");
    for (next, results, expected) in [
        (json!(null), row("bob", &ours), other),
        (json!(null), row("alice", "course-v1:edX+DemoX+10"), other),
        (json!("http://lms/?cursor=x"), row("alice", &ours), "more rows than names"),
    ] {
        let page = json!({ "next": next, "previous": null, "results": [results] });
        let (client, _) = stub(move || Json(page.clone()).into_response()).await;
        assert_eq!(why(&client.enrolments(&["alice"], &demo()).await.unwrap_err()), expected);
    }
}

#[test]
fn only_addresses_of_the_web_are_taken() {
    for url in ["ftp://lms", "mailto:a@b"] {
        assert!(matches!(Lms::new(&settings(url)), Err(SetupError::Url)));
    }
}
