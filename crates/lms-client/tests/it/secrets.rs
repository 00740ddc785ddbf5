use std::io;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use lp_devstack::LmsApi;
use lp_devstack::lms_api::Fault;
use lp_lms_client::{Lms, LmsError, Settings};

use crate::fixture::{client, demo, lms, settings};

const SECRETS: [&str; 6] = ["alice", "example.org", "DemoX", "eyJ", "127.0.0.1", LmsApi::CLIENT_SECRET];

fn check(error: &LmsError) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let text = format!("{error} {error:?} {source:?}");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret:?} is told by {text}");
    }
}

#[tokio::test]
async fn no_error_tells_names_addresses_keys_or_tokens() {
    let course = demo();
    for status in [502, 429, 403, 404, 400, 200, 302] {
        let lms = lms().await;
        for endpoint in ["enrolment", "bulk_enrol", "accounts", "search_emails", "course"] {
            lms.fail(endpoint, Fault::Page(StatusCode::from_u16(status).unwrap()), 10);
        }
        let client = client(&lms);
        check(&client.enrolment("alice", &course).await.unwrap_err());
        check(&client.bulk_enrol(std::slice::from_ref(&course), &["alice"]).await.unwrap_err());
        check(&client.ids_by_username(&["alice"]).await.unwrap_err());
        check(&client.ids_by_email(&["alice@example.org"]).await.unwrap_err());
        check(&client.course(&course).await.unwrap_err());
    }
    let lms = lms().await;
    lms.fail("enrolment", Fault::Cut, 10);
    check(&client(&lms).enrol("alice", &course, None, "run").await.unwrap_err());
    let nowhere = Lms::new(&settings("http://127.0.0.1:1")).unwrap();
    check(&nowhere.enrol("alice", &course, None, "run").await.unwrap_err());
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_line_of_the_log_tells_them_either() {
    let (lms, course, log) = (lms().await, demo(), Log::default());
    let writer = log.clone();
    // For the whole process: what is set for a thread alone misses lines whose first use was in another. What the other
    // tests log must not tell anything either.
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    lms.fail("enrolment", Fault::Cut, 3);
    client(&lms).enrolment("alice", &course).await.unwrap_err();
    lms.fail("accounts", Fault::Page(StatusCode::BAD_GATEWAY), 3);
    client(&lms).ids_by_username(&["alice"]).await.unwrap_err();
    let nowhere = Lms::new(&settings("http://127.0.0.1:1")).unwrap();
    nowhere.course(&course).await.unwrap_err();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("the LMS did not answer") && text.contains("the LMS failed"), "{text}");
    for secret in ["alice", "DemoX", "eyJ", LmsApi::CLIENT_SECRET] {
        assert!(!text.contains(secret), "{secret:?} is told by {text}");
    }
}

#[tokio::test]
async fn what_holds_secrets_does_not_print_them() {
    let lms = lms().await;
    lms.enable_bulk();
    let client = client(&lms);
    let told = client.bulk_enrol(&[demo()], &["alice"]).await.unwrap();
    let settings = Settings { base_url: "http://u:pass@lms".parse().unwrap(), ..settings(&lms.url()) };
    let text = format!("{client:?} {told:?} {settings:?}");
    for secret in ["alice", "eyJ", "pass@", LmsApi::CLIENT_SECRET] {
        assert!(!text.contains(secret), "{secret:?} is told by {text}");
    }
}
