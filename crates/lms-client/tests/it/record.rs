//! What the LMS has of a learner: grades and certificates.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::Utc;
use lp_devstack::lms_api::{self, Account, Course, Fault};
use lp_lms_client::{Certificate, CertificateTold, CourseEnrolment, CourseGrade, GradeTold, LmsError, Seen};

use crate::fixture::{COURSE, client, client_with, demo, key, lms};

fn told<T>(seen: Seen<T>) -> T {
    seen.told
}

fn grade(is_passing: bool, grade: f64) -> GradeTold {
    GradeTold::Grade(CourseGrade { is_passing, grade: grade.try_into().unwrap() })
}

#[tokio::test]
async fn a_grade_is_told_apart_from_no_enrolment_and_from_no_account() {
    let lms = lms().await;
    let client = client(&lms);
    assert_eq!(client.grade("alice", &demo()).await.map(told), Ok(GradeTold::NotEnrolled));
    lms.set_enrolment("alice", COURSE, "audit", true);
    assert_eq!(client.grade("alice", &demo()).await.map(told), Ok(grade(false, 0.0)));
    lms.set_grade("alice", COURSE, lms_api::Grade { passed: true, percent: 0.87 });
    assert_eq!(client.grade("ALICE", &demo()).await.map(told), Ok(grade(true, 0.87)));
    lms.set_enrolment("alice", COURSE, "audit", false);
    assert_eq!(client.grade("alice", &demo()).await.map(told), Ok(GradeTold::NotEnrolled));
    lms.add_account(Account::learner(7, "alicia"));
    assert_eq!(client.grade("alice", &demo()).await.map(told), Ok(GradeTold::NoAccount));
    let asked = lms.calls("grade");
    assert_eq!(client.grade("a/b", &demo()).await.map(told), Ok(GradeTold::NoAccount));
    assert_eq!(lms.calls("grade"), asked);
}

#[tokio::test]
async fn a_certificate_is_told_whatever_its_status() {
    let lms = lms().await;
    lms.add_account(Account::learner(8, "bob+x y"));
    lms.add_course(Course::open("edX/DemoX/1"));
    let client = client(&lms);
    assert_eq!(client.certificate("alice", &demo()).await.map(told), Ok(CertificateTold::None));
    for (name, course, status, is_passing) in
        [("alice", demo(), "notpassing", false), ("bob+x y", key("edX/DemoX/1"), "downloadable", true)]
    {
        let (status, mode) = (status.to_owned(), "verified".to_owned());
        let given = lms_api::Certificate { status: status.clone(), mode: mode.clone(), grade: "0.5".into() };
        lms.set_certificate(name, course.as_str(), given);
        let expected = Certificate { status, mode, is_passing };
        assert_eq!(
            client.certificate(name, &course).await.map(told),
            Ok(CertificateTold::Certificate(expected))
        );
    }
    let unknown = client.certificate("alice", &key("course-v1:edX+No+1")).await;
    assert!(matches!(unknown, Err(LmsError::Unexpected { why: "missing for another reason", .. })));
}

#[tokio::test]
async fn enrolments_of_many_are_read_in_portions_with_the_inactive() {
    let lms = lms().await;
    let client = client(&lms);
    let names: Vec<_> = (0..51).map(|number| format!("l+{number}")).collect();
    for name in &names {
        lms.set_enrolment(name, COURSE, "audit", true);
        lms.set_enrolment(name, "course-v1:edX+Other+1", "honor", true);
    }
    lms.set_enrolment(&names[3], COURSE, "verified", false);
    let mut asked: Vec<_> = names.iter().map(String::as_str).collect();
    asked.extend(["alice", "nobody", "a,b", "L+50"]);
    let found = client.enrolments(&asked, &demo()).await.unwrap().told;
    assert_eq!(found.len(), 52);
    assert_eq!(found["L+50"], found["l+50"]);
    assert_eq!(found["l+3"], CourseEnrolment { mode: "verified".to_owned(), is_active: false });
    assert_eq!(found["l+50"], CourseEnrolment { mode: "audit".to_owned(), is_active: true });
    assert_eq!(lms.calls("enrolments"), 2);
    lms.add_account(Account::learner(1, "learning_paths"));
    assert_eq!(client.enrolments(&["alice"], &demo()).await, Err(LmsError::Unauthorized));
}

#[tokio::test]
async fn who_is_not_staff_is_told_so_and_is_no_learner_without_a_grade() {
    let lms = lms().await;
    lms.add_account(Account::learner(1, "learning_paths"));
    let client = client(&lms);
    assert_eq!(client.grade("alice", &demo()).await, Err(LmsError::Unauthorized));
    assert_eq!(client.certificate("alice", &demo()).await, Err(LmsError::Unauthorized));
}

#[tokio::test]
async fn what_is_seen_is_dated_by_the_try_that_was_answered() {
    let (lms, wait) = (lms().await, Duration::from_millis(300));
    let client = client_with(&lms, |limits| limits.first_delay = wait);
    let began = Utc::now();
    for endpoint in ["grade", "certificate", "enrolments"] {
        lms.fail(endpoint, Fault::Page(StatusCode::BAD_GATEWAY), 1);
    }
    let (names, course) = (["alice"], demo());
    let (grade, certificate, enrolments) = tokio::join!(
        client.grade("alice", &course),
        client.certificate("alice", &course),
        client.enrolments(&names, &course),
    );
    let dates = [grade.unwrap().asked_at, certificate.unwrap().asked_at, enrolments.unwrap().asked_at];
    assert!(dates.into_iter().all(|at| at >= began + wait && at <= Utc::now()), "{began} {dates:?}");
}
