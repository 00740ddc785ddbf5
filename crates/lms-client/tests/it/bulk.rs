use axum::http::StatusCode;
use lp_devstack::lms_api::{Account, Course, Fault};
use lp_lms_client::{BulkOutcome, LmsError};

use crate::fixture::{COURSE, client, demo, key, lms};

#[tokio::test]
async fn a_site_without_bulk_enrolment_is_an_error_of_its_own() {
    let lms = lms().await;
    assert_eq!(client(&lms).bulk_enrol(&[demo()], &["alice"]).await, Err(LmsError::NoBulk));
    assert!(!LmsError::NoBulk.is_transient());
}

#[tokio::test]
async fn each_pair_of_course_and_learner_has_its_outcome() {
    let lms = lms().await;
    lms.enable_bulk();
    // Neither counts here.
    lms.add_course(Course { invite_only: true, capacity: Some(0), ..Course::open(COURSE) });
    lms.add_account(Account { is_active: false, ..Account::learner(8, "new") });
    lms.add_account(Account { is_retiring: true, ..Account::learner(9, "leaving") });
    lms.add_account(Account::learner(10, "carol"));
    lms.add_account(Account::learner(11, "broken"));
    lms.break_bulk("broken");
    let second = key("course-v1:edX+DemoX+2");
    lms.set_enrolment("carol", COURSE, "verified", true);
    let asked = [
        ("alice", BulkOutcome::Enrolled, BulkOutcome::Enrolled),
        ("carol@example.org", BulkOutcome::AlreadyEnrolled, BulkOutcome::Enrolled),
        ("stranger@example.org", BulkOutcome::Invited, BulkOutcome::Invited),
        ("new", BulkOutcome::Invited, BulkOutcome::Invited),
        ("leaving", BulkOutcome::UnknownLearner, BulkOutcome::UnknownLearner),
        ("nobody", BulkOutcome::UnknownLearner, BulkOutcome::UnknownLearner),
        ("broken", BulkOutcome::Failed, BulkOutcome::Failed),
        ("alice,carol", BulkOutcome::Failed, BulkOutcome::Failed),
        ("al ice", BulkOutcome::Failed, BulkOutcome::Failed),
    ];
    let names = asked.map(|(name, ..)| name);
    let told = client(&lms).bulk_enrol(&[demo(), second.clone()], &names).await.unwrap();
    let told: Vec<_> =
        told.iter().map(|item| (item.course.as_str(), item.identifier.as_str(), item.outcome)).collect();
    let first = asked.iter().map(|&(name, outcome, _)| (COURSE, name, outcome));
    let second = asked.iter().map(|&(name, _, outcome)| (second.as_str(), name, outcome));
    assert_eq!(told, first.chain(second).collect::<Vec<_>>());
    assert_eq!(lms.calls("bulk_enrol"), 1);
    for email in ["stranger@example.org", "new@example.org"] {
        assert_eq!(lms.invitation(email, COURSE), Some(true), "{email} is enrolled on activation");
    }
}

#[tokio::test]
async fn nothing_to_ask_for_is_not_sent() {
    let lms = lms().await;
    let client = client(&lms);
    assert_eq!(client.bulk_enrol(&[], &["alice"]).await, Ok(vec![]));
    assert_eq!(client.bulk_enrol(&[demo()], &[]).await, Ok(vec![]));
    assert_eq!(client.bulk_enrol(&[demo()], &["a b"]).await.unwrap()[0].outcome, BulkOutcome::Failed);
    assert_eq!(lms.calls("bulk_enrol"), 0);
}

#[tokio::test]
async fn a_failure_is_not_tried_over_and_asking_again_comes_to_the_same() {
    let lms = lms().await;
    lms.enable_bulk();
    let client = client(&lms);
    for fault in [Fault::Page(StatusCode::GATEWAY_TIMEOUT), Fault::Cut] {
        lms.fail("bulk_enrol", fault, 1);
        let error = client.bulk_enrol(&[demo()], &["alice"]).await.unwrap_err();
        assert_eq!(error, LmsError::Unavailable { retry_after: None });
    }
    assert_eq!(lms.calls("bulk_enrol"), 2);
    let told = client.bulk_enrol(&[demo()], &["alice"]).await.unwrap();
    assert_eq!(told[0].outcome, BulkOutcome::AlreadyEnrolled);
}
