use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use lp_devstack::lms_api::{Account, Fault};
use lp_lms_client::{Lms, LmsError};

use crate::fixture::{HOUR, client, demo, lms, pass, settings};

#[tokio::test]
async fn callers_that_start_at_once_share_one_token() {
    let (lms, course) = (lms().await, demo());
    let client = client(&lms);
    let all = join_all((0..20).map(|_| client.enrolment("alice", &course))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((lms.calls("token"), lms.calls("enrolment")), (1, 20));
}

#[tokio::test]
async fn callers_that_start_at_once_share_the_failure_of_a_token_too() {
    let (lms, course) = (lms().await, demo());
    let settings = lp_lms_client::Settings { client_secret: "wrong".into(), ..settings(&lms.url()) };
    let client = Lms::new(&settings).unwrap();
    let all = join_all((0..20).map(|_| client.enrolment("alice", &course))).await;
    assert!(all.iter().all(|result| *result == Err(LmsError::Unauthorized)));
    assert_eq!((lms.calls("token"), lms.calls("enrolment")), (1, 0));
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    let (lms, course) = (lms().await, demo());
    lms.token_life(Duration::from_secs(100));
    let client = client(&lms);
    client.enrolment("alice", &course).await.unwrap();
    pass(Duration::from_secs(80)).await;
    client.enrolment("alice", &course).await.unwrap();
    assert_eq!(lms.calls("token"), 1);
    pass(Duration::from_secs(16)).await;
    client.enrolment("alice", &course).await.unwrap();
    // A token that the LMS had refused would have cost a call.
    assert_eq!((lms.calls("token"), lms.calls("enrolment")), (2, 3));
}

#[tokio::test]
async fn a_refused_token_is_fetched_anew_once_for_all_callers() {
    let (lms, course) = (lms().await, demo());
    let client = client(&lms);
    client.enrolment("alice", &course).await.unwrap();
    // Only the LMS thinks so.
    lms.advance(2 * HOUR);
    let all = join_all((0..10).map(|_| client.enrolment("alice", &course))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((lms.calls("token"), lms.calls("enrolment")), (2, 21));
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_an_error_and_no_loop() {
    let (lms, course) = (lms().await, demo());
    lms.fail("enrolment", Fault::Page(StatusCode::UNAUTHORIZED), 10);
    assert_eq!(client(&lms).enrolment("alice", &course).await, Err(LmsError::Unauthorized));
    assert_eq!((lms.calls("token"), lms.calls("enrolment")), (2, 2));
}

#[tokio::test]
async fn after_too_many_requests_for_tokens_none_is_asked_for_within_the_minute() {
    let (lms, course) = (lms().await, demo());
    lms.throttle_tokens(0);
    let client = client(&lms);
    for _ in 0..3 {
        let Err(LmsError::Throttled { retry_after: Some(wait) }) = client.enrolment("alice", &course).await
        else {
            panic!("no token is to be had");
        };
        assert!(wait <= Duration::from_mins(1));
    }
    assert_eq!(lms.calls("token"), 1);
    lms.throttle_tokens(1);
    pass(Duration::from_mins(1)).await;
    assert_eq!(client.enrolment("alice", &course).await, Ok(None));
}

#[tokio::test]
async fn an_application_whose_owner_is_not_staff_is_told_so_at_each_view() {
    let (lms, course) = (lms().await, demo());
    lms.add_account(Account::learner(2, "mallory"));
    lms.add_client("other", "secret", "mallory");
    lms.enable_bulk();
    let settings = lp_lms_client::Settings {
        client_id: "other".to_owned(),
        client_secret: "secret".into(),
        ..settings(&lms.url())
    };
    let client = Lms::new(&settings).unwrap();
    assert_eq!(client.enrolment("alice", &course).await, Err(LmsError::Unauthorized));
    assert_eq!(client.enrol("alice", &course, None, "run").await, Err(LmsError::Unauthorized));
    assert_eq!(client.bulk_enrol(&[course], &["alice"]).await, Err(LmsError::Unauthorized));
    assert_eq!(client.ids_by_username(&["alice"]).await, Err(LmsError::Unauthorized));
    assert_eq!(client.ids_by_email(&["alice@example.org"]).await, Err(LmsError::Unauthorized));
    assert_eq!(client.usernames_by_id(&[7.try_into().unwrap()]).await, Err(LmsError::Unauthorized));
}
