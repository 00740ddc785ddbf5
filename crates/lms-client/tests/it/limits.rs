use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use lp_devstack::lms_api::Fault;
use lp_lms_client::{Lms, LmsError};

use crate::fixture::{HOUR, client, client_with, demo, hurried, key, lms, pass, settings};

const MINUTE: Duration = Duration::from_mins(1);

fn is_throttled<T>(result: &Result<T, LmsError>) -> bool {
    matches!(result, Err(LmsError::Throttled { retry_after: Some(_) }))
}

#[tokio::test]
async fn no_more_calls_a_minute_are_sent_than_were_set() {
    let (lms, course) = (lms().await, demo());
    let calls_per_minute = NonZeroU32::new(2).unwrap();
    let settings = lp_lms_client::Settings { calls_per_minute, ..settings(&lms.url()) };
    let client = Lms::new(&settings).unwrap();
    let all = join_all((0..3).map(|_| client.enrolment("alice", &course))).await;
    assert_eq!(all.iter().filter(|result| is_throttled(result)).count(), 1);
    assert_eq!(lms.calls("enrolment"), 2);
    // Without credentials the LMS takes a third of them, by address.
    let other = key("course-v1:edX+Nothing+1");
    client.course(&course).await.unwrap();
    assert!(is_throttled(&client.course(&other).await));
    // Accounts are not throttled there, so nothing is saved up for them here.
    client.ids_by_username(&["alice"]).await.unwrap();
}

#[tokio::test]
async fn who_has_the_patience_waits_as_long_as_the_lms_asks_for() {
    let (lms, course) = (lms().await, demo());
    let client = client_with(&lms, |limits| limits.patience = HOUR);
    lms.throttle(2);
    for _ in 0..2 {
        client.enrolment("alice", &course).await.unwrap();
    }
    hurried(client.enrolment("alice", &course)).await.unwrap();
    // One was refused. Another try within the minute would have been, too.
    assert_eq!(lms.calls("enrolment"), 4);
}

#[tokio::test]
async fn a_refusal_of_one_call_holds_up_all() {
    let (lms, course) = (lms().await, demo());
    let client = client(&lms);
    lms.enable_bulk();
    lms.throttle(1);
    client.enrolment("alice", &course).await.unwrap();
    assert!(is_throttled(&client.enrolment("alice", &course).await));
    let (calls, other) = (lms.calls("enrolment"), client.clone());
    assert!(is_throttled(&other.enrolment("alice", &course).await));
    assert!(is_throttled(&other.enrol("alice", &course, None, "run").await));
    assert!(is_throttled(&other.bulk_enrol(std::slice::from_ref(&course), &["alice"]).await));
    assert_eq!((lms.calls("enrolment"), lms.calls("enrol"), lms.calls("bulk_enrol")), (calls, 0, 0));
    pass(MINUTE).await;
    assert_eq!(client.enrolment("alice", &course).await, Ok(None));
}

#[tokio::test]
async fn the_breaker_opens_after_failures_lets_one_through_and_closes_on_an_answer() {
    let (lms, course) = (lms().await, demo());
    let client = client_with(&lms, |limits| {
        (limits.retries, limits.breaker_failures) = (0, NonZeroU32::new(2).unwrap());
        limits.breaker_cool_down = MINUTE;
    });
    client.enrolment("alice", &course).await.unwrap();
    lms.fail("enrolment", Fault::Page(StatusCode::BAD_GATEWAY), 3);
    for _ in 0..2 {
        let error = client.enrolment("alice", &course).await.unwrap_err();
        assert_eq!(error, LmsError::Unavailable { retry_after: None });
    }
    let is_shut = async || {
        let error = client.enrolment("alice", &course).await.unwrap_err();
        assert!(matches!(error, LmsError::Unavailable { retry_after: Some(wait) } if wait <= MINUTE));
    };
    is_shut().await;
    assert_eq!(lms.calls("enrolment"), 3);
    // The one that goes to see fails as well.
    pass(MINUTE).await;
    let all = join_all((0..5).map(|_| client.enrolment("alice", &course))).await;
    assert!(all.iter().all(Result::is_err));
    is_shut().await;
    assert_eq!(lms.calls("enrolment"), 4);
    pass(MINUTE).await;
    let all = join_all((0..5).map(|_| client.enrolment("alice", &course))).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 1);
    let all = join_all((0..5).map(|_| client.enrolment("alice", &course))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(lms.calls("enrolment"), 10);
}

#[tokio::test]
async fn a_call_whose_failure_opens_the_breaker_does_not_wait_for_it() {
    let (lms, course) = (lms().await, demo());
    let client = client_with(&lms, |limits| {
        (limits.breaker_failures, limits.breaker_cool_down) = (NonZeroU32::MIN, Duration::from_secs(5));
    });
    lms.fail("enrolment", Fault::Page(StatusCode::BAD_GATEWAY), 10);
    client.enrolment("alice", &course).await.unwrap_err();
    assert_eq!(lms.calls("enrolment"), 1);
}

#[tokio::test]
async fn refusals_do_not_open_the_breaker() {
    let (lms, course) = (lms().await, demo());
    let client = client_with(&lms, |limits| limits.breaker_failures = NonZeroU32::MIN);
    for _ in 0..3 {
        client.enrol("nobody", &course, None, "run").await.unwrap();
    }
    lms.throttle(0);
    assert!(is_throttled(&client.enrolment("alice", &course).await));
    client.ids_by_username(&["alice"]).await.unwrap();
}
