//! What the LMS refuses, this one refuses too.
#![cfg(test)]

use std::time::Duration;

use lp_devstack::LmsApi;
use lp_devstack::lms_api::{Account, Course};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const COURSE: &str = "course-v1:edX+DemoX+1";
const ENROL: &str = "/api/enrollment/v1/enrollment";
const BULK: &str = "/api/bulk_enroll/v1/bulk_enroll";

struct Site {
    lms: LmsApi,
    http: Client,
    token: String,
}

impl Site {
    async fn new() -> Self {
        let (lms, http) = (LmsApi::start().await.unwrap(), Client::new());
        lms.add_account(Account::learner(7, "alice"));
        lms.add_course(Course::open(COURSE));
        lms.enable_bulk();
        let mut site = Self { lms, http, token: String::new() };
        site.token = site.issue("jwt").await["access_token"].as_str().unwrap().to_owned();
        site
    }

    async fn issue(&self, token_type: &str) -> Value {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&token_type={token_type}",
            LmsApi::CLIENT_ID,
            LmsApi::CLIENT_SECRET.replace(' ', "+")
        );
        let request = self.http.post(format!("{}/oauth2/access_token", self.lms.url()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("authorization", format!("JWT {}", self.token))
    }

    async fn get(&self, path: &str) -> (u16, String) {
        ended(self.signed(self.http.get(self.lms.url() + path))).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        ended(self.signed(self.http.post(self.lms.url() + path)).json(body)).await
    }
}

async fn ended(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn wish(is_active: &Value) -> Value {
    json!({ "user": "alice", "is_active": is_active, "course_details": { "course_id": COURSE } })
}

#[tokio::test]
async fn a_slash_too_many_is_another_address() {
    let site = Site::new().await;
    let one = format!("{ENROL}/alice,{COURSE}");
    assert_eq!(site.get(&one).await, (200, String::new()));
    assert_eq!(site.get("/api/user/v1/accounts?username=alice").await.0, 200);
    for path in [format!("{one}/"), "/api/user/v1/accounts/?username=alice".to_owned()] {
        let (status, body) = site.get(&path).await;
        assert_eq!((status, body.starts_with("<!DOCTYPE")), (404, true), "{path}");
    }
    for path in [format!("{ENROL}/"), format!("{BULK}/"), "/api/user/v1/accounts/search_emails/".to_owned()] {
        assert_eq!(site.post(&path, &wish(&json!(true))).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn only_json_with_json_booleans_is_taken() {
    let site = Site::new().await;
    let body = wish(&json!(true)).to_string();
    let text = site.signed(site.http.post(site.lms.url() + ENROL)).header("content-type", "text/plain");
    assert_eq!(ended(text.body(body)).await.0, 415);
    for flag in [json!("true"), json!(1)] {
        assert_eq!(site.post(ENROL, &wish(&flag)).await.0, 400);
    }
    assert_eq!(site.lms.enrolments(), []);
    assert_eq!(site.post(ENROL, &wish(&json!(true))).await.0, 200);
}

#[tokio::test]
async fn enrolling_again_after_closing_is_refused() {
    let site = Site::new().await;
    assert_eq!(site.post(ENROL, &wish(&json!(true))).await.0, 200);
    assert_eq!(site.post(ENROL, &wish(&json!(true))).await.0, 200);
    site.lms.add_course(Course { invite_only: true, ..Course::open(COURSE) });
    assert_eq!(site.post(ENROL, &wish(&json!(true))).await.0, 400);
}

#[tokio::test]
async fn a_token_is_signed_here_and_expires_and_an_opaque_one_is_none() {
    let mut site = Site::new().await;
    let path = format!("{ENROL}/alice,{COURSE}");
    let bare = ended(site.http.get(site.lms.url() + &path)).await;
    assert_eq!(bare.0, 401);
    site.lms.advance(Duration::from_secs(3_599));
    assert_eq!(site.get(&path).await.0, 200);
    site.lms.advance(Duration::from_secs(2));
    assert_eq!(site.get(&path).await.0, 401);
    let opaque = site.issue("bearer").await;
    assert_eq!(opaque["token_type"], "Bearer");
    site.token = opaque["access_token"].as_str().unwrap().to_owned();
    assert_eq!(site.get(&path).await.0, 401);
}

#[tokio::test]
async fn all_views_of_staff_share_one_throttle_and_accounts_have_none() {
    let site = Site::new().await;
    site.lms.throttle(2);
    let bulk = json!({ "action": "enroll", "courses": COURSE, "identifiers": "alice" });
    let path = format!("{ENROL}/alice,{COURSE}");
    assert_eq!(site.get(&path).await.0, 200);
    assert_eq!(site.post(BULK, &bulk).await.0, 200);
    assert_eq!(site.post(ENROL, &wish(&json!(true))).await.0, 429);
    assert_eq!(site.get(&path).await.0, 429);
    assert_eq!(site.get("/api/user/v1/accounts?username=alice").await.0, 200);
    site.lms.advance(Duration::from_mins(1));
    assert_eq!(site.get(&path).await.0, 200);
}

#[tokio::test]
async fn of_a_list_of_courses_bulk_enrolment_takes_the_first_and_no_list_of_identifiers() {
    let site = Site::new().await;
    let mut bulk = json!({ "action": "enroll", "identifiers": "alice",
        "courses": [COURSE, "course-v1:edX+DemoX+2"] });
    assert_eq!(site.post(BULK, &bulk).await.0, 200);
    assert_eq!(site.lms.enrolments().len(), 1);
    bulk["courses"] = json!(format!("{COURSE},course-v1:edX+DemoX+2"));
    assert_eq!(site.post(BULK, &bulk).await.0, 200);
    assert_eq!(site.lms.enrolments().len(), 2);
    bulk["identifiers"] = json!(["alice"]);
    assert_eq!(site.post(BULK, &bulk).await.0, 400);
}

#[tokio::test]
async fn grades_and_certificates_end_with_a_slash_and_say_what_is_missing() {
    let site = Site::new().await;
    let grade = |name: &str| format!("/api/grades/v1/courses/{COURSE}/?username={name}");
    let certificate = format!("/api/certificates/v0/certificates/alice/courses/{COURSE}/");
    for (path, code) in [
        (grade("nobody"), "user_does_not_exist"),
        (grade("alice"), "user_not_enrolled"),
        (certificate.clone(), "no_certificate_for_user"),
        (certificate.replace("DemoX", "NoX"), "course_id_not_valid"),
    ] {
        let (status, body) = site.get(&path).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, body["error_code"].as_str()), (404, Some(code)), "{path}");
    }
    site.lms.set_enrolment("alice", COURSE, "audit", true);
    assert_eq!(site.get(&grade("alice")).await.0, 200);
    for path in [grade("alice").replace("/?", "?"), certificate.trim_end_matches('/').to_owned()] {
        let (status, body) = site.get(&path).await;
        assert_eq!((status, body.starts_with("<!DOCTYPE")), (404, true), "{path}");
    }
}

#[tokio::test]
async fn enrolments_are_listed_newest_first_by_cursor_with_the_inactive_and_without_a_count() {
    let site = Site::new().await;
    site.lms.set_enrolment("alice", COURSE, "audit", false);
    site.lms.set_enrolment("bob", COURSE, "audit", true);
    let path =
        "/api/enrollment/v1/enrollments?course_id=course-v1:edX%2BDemoX%2B1&username=alice,bob&page_size=1";
    let first: Value = serde_json::from_str(&site.get(path).await.1).unwrap();
    let next: Value = serde_json::from_str(&site.get(&format!("{path}&cursor=1")).await.1).unwrap();
    assert_eq!((&first["results"][0]["user"], first["count"].is_null()), (&json!("bob"), true));
    assert!(first["next"].as_str().unwrap().ends_with("cursor=1"));
    assert_eq!((&next["results"][0]["is_active"], next["next"].is_null()), (&json!(false), true));
    assert_eq!(site.get(&path.replace("enrollments?", "enrollments/?")).await.0, 404);
}
