use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use lp_devstack::lms_api::{self, Course, Fault, Mode};
use lp_lms_client::{CourseOutcome, CourseWindow, LmsError, Refusal};

use crate::fixture::{COURSE, client, client_with, demo, key, lms};

fn closed() -> Course {
    Course { enrollment_end: Some(Utc::now() - TimeDelta::days(1)), ..Course::open(COURSE) }
}

#[tokio::test]
async fn a_learner_is_enrolled_in_the_wished_mode_and_the_run_is_noted() {
    let lms = lms().await;
    lms.add_course(Course { modes: vec![Mode::new("audit"), Mode::new("honor")], ..Course::open(COURSE) });
    let outcome = client(&lms).enrol("alice", &demo(), Some("honor"), "run-1").await;
    assert_eq!(outcome, Ok(CourseOutcome::Enrolled));
    let [row] = lms.enrolments().try_into().unwrap();
    assert_eq!((row.mode.as_str(), row.is_active), ("honor", true));
    let note = ("learning_paths".to_owned(), "path_run".to_owned(), "run-1".to_owned());
    assert_eq!(row.attributes, [note]);
}

#[tokio::test]
async fn who_is_in_the_course_already_stays_there_in_another_mode_and_after_closing() {
    let lms = lms().await;
    lms.set_enrolment("alice", COURSE, "verified", true);
    lms.add_course(closed());
    let outcome = client(&lms).enrol("alice", &demo(), Some("audit"), "run").await;
    assert_eq!(outcome, Ok(CourseOutcome::AlreadyEnrolled));
    assert_eq!(lms.calls("enrol"), 0);
    assert_eq!(lms.enrolments()[0].mode, "verified");
}

#[tokio::test]
async fn who_had_left_is_taken_back() {
    let lms = lms().await;
    lms.set_enrolment("alice", COURSE, "audit", false);
    assert_eq!(client(&lms).enrol("alice", &demo(), None, "run").await, Ok(CourseOutcome::Enrolled));
    assert!(lms.enrolments()[0].is_active);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_looked_up_before_anything_is_sent_again() {
    let lms = lms().await;
    // Enrolling alice filled the course: to ask again would be refused.
    lms.add_course(Course { capacity: Some(1), ..Course::open(COURSE) });
    lms.fail("enrol", Fault::Cut, 1);
    assert_eq!(client(&lms).enrol("alice", &demo(), None, "run").await, Ok(CourseOutcome::Enrolled));
    assert_eq!((lms.calls("enrolment"), lms.calls("enrol")), (2, 1));
    assert_eq!(lms.enrolments().len(), 1);
}

#[tokio::test]
async fn a_failure_that_did_nothing_is_tried_over() {
    let lms = lms().await;
    lms.fail("enrolment", Fault::Page(StatusCode::BAD_GATEWAY), 1);
    lms.fail("enrol", Fault::Page(StatusCode::INTERNAL_SERVER_ERROR), 1);
    assert_eq!(client(&lms).enrol("alice", &demo(), None, "run").await, Ok(CourseOutcome::Enrolled));
    assert_eq!((lms.calls("enrolment"), lms.calls("enrol")), (3, 2));
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let lms = lms().await;
    lms.fail("enrol", Fault::Page(StatusCode::SERVICE_UNAVAILABLE), 10);
    let client = client_with(&lms, |limits| limits.retries = 1);
    let error = client.enrol("alice", &demo(), None, "run").await.unwrap_err();
    assert_eq!(error, LmsError::Unavailable { retry_after: None });
    assert_eq!(lms.calls("enrol"), 2);
}

#[tokio::test]
async fn the_one_refusal_for_many_reasons_is_told_apart_as_far_as_the_course_tells() {
    let lms = lms().await;
    let later = Some(Utc::now() + TimeDelta::days(1));
    let courses = [
        (closed(), CourseOutcome::Closed),
        (Course { enrollment_start: later, ..Course::open(COURSE) }, CourseOutcome::Closed),
        (Course { invite_only: true, ..Course::open(COURSE) }, CourseOutcome::InvitationOnly),
        (Course { capacity: Some(0), ..Course::open(COURSE) }, CourseOutcome::FullOrRefused),
        (
            Course { refusal: Some(lms_api::Refusal::View), ..Course::open(COURSE) },
            CourseOutcome::FullOrRefused,
        ),
    ];
    for (course, outcome) in courses {
        lms.add_course(course);
        // A client of its own, as each keeps what it was told of a course.
        assert_eq!(client(&lms).enrol("alice", &demo(), None, "run").await, Ok(outcome));
    }
    let unknown = key("course-v1:edX+Nothing+1");
    assert_eq!(client(&lms).enrol("alice", &unknown, None, "run").await, Ok(CourseOutcome::UnknownCourse));
    assert_eq!(lms.enrolments(), []);
}

#[tokio::test]
async fn an_invitation_opens_a_closed_course() {
    let lms = lms().await;
    lms.add_course(Course { invite_only: true, ..closed() });
    lms.invite("alice@example.org", COURSE);
    assert_eq!(client(&lms).enrol("alice", &demo(), None, "run").await, Ok(CourseOutcome::Enrolled));
}

#[tokio::test]
async fn refusals_with_a_reason_keep_it() {
    let lms = lms().await;
    let client = client(&lms);
    let course = demo();
    let enrol = async |name: &str, mode| client.enrol(name, &course, mode, "run").await;
    assert_eq!(enrol("nobody", None).await, Ok(CourseOutcome::UnknownLearner));
    assert_eq!(enrol("alice", Some("verified")).await, Ok(CourseOutcome::ModeNotOffered));
    let expired = Mode { slug: "verified".to_owned(), expiration: Some(Utc::now() - TimeDelta::days(1)) };
    lms.add_course(Course { modes: vec![Mode::new("audit"), expired], ..Course::open(COURSE) });
    assert_eq!(enrol("alice", Some("verified")).await, Ok(CourseOutcome::ModeNotOffered));
    for (refusal, told) in
        [(lms_api::Refusal::Embargo, Refusal::Embargo), (lms_api::Refusal::Filter, Refusal::Filter)]
    {
        lms.add_course(Course { refusal: Some(refusal), ..Course::open(COURSE) });
        assert_eq!(enrol("alice", None).await, Ok(CourseOutcome::Refused(told)));
    }
}

#[tokio::test]
async fn a_name_that_no_route_takes_is_not_sent() {
    let lms = lms().await;
    let client = client(&lms);
    for name in ["", "a/b", "a,b", "a?b", "a\nb"] {
        assert_eq!(client.enrol(name, &demo(), None, "run").await, Ok(CourseOutcome::UnknownLearner));
        assert_eq!(client.enrolment(name, &demo()).await, Ok(None));
    }
    assert_eq!((lms.calls("enrolment"), lms.calls("enrol")), (0, 0));
}

#[tokio::test]
async fn an_enrolment_is_read_and_nothing_is_none() {
    let lms = lms().await;
    let client = client(&lms);
    assert_eq!(client.enrolment("alice", &demo()).await, Ok(None));
    assert_eq!(client.enrolment("nobody", &demo()).await, Ok(None));
    lms.set_enrolment("alice", COURSE, "verified", false);
    let found = client.enrolment("alice", &demo()).await.unwrap().unwrap();
    assert_eq!((found.mode.as_str(), found.is_active), ("verified", false));
}

#[tokio::test]
async fn a_course_is_asked_for_once_a_minute() {
    let lms = lms().await;
    let (client, closes_at) = (client(&lms), Utc::now() + TimeDelta::days(1));
    lms.add_course(Course { enrollment_end: Some(closes_at), ..Course::open(COURSE) });
    let window = CourseWindow {
        opens_at: None,
        closes_at: Some(closes_at),
        is_invite_only: false,
        modes: vec!["audit".to_owned()],
    };
    assert!(window.is_open(Utc::now()) && !window.is_open(closes_at));
    for _ in 0..2 {
        assert_eq!(client.course(&demo()).await, Ok(Some(window.clone())));
        assert_eq!(client.course(&key("course-v1:edX+Nothing+1")).await, Ok(None));
    }
    assert_eq!(lms.calls("course"), 2);
    crate::fixture::pass(std::time::Duration::from_mins(1)).await;
    assert_eq!(client.course(&demo()).await, Ok(Some(window)));
    assert_eq!((lms.calls("course"), lms.calls("token")), (3, 0));
}
