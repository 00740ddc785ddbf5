//! Every field of every captured message, and the facts that it gives.

use lp_domain::fact::ExamOutcome;
use lp_domain::{Fact, FactValue};
use lp_events::LmsEvent;
use lp_events::lms::{CertificateAction, TrackingFact};

use crate::support::{at, context, learner, message, ratio};

const COURSE: &str = "course-v1:edX+777+2023FW";
const EXAM: &str = "block-v1:edX+777+2023FW+type@sequential+block@final";

/// The facts of a message as (learner, context, date, value); all have the event's id.
fn facts(name: &str) -> Vec<(i64, String, String, FactValue)> {
    let message = message(name);
    let envelope = message.envelope();
    let facts = message.lms().facts(&envelope);
    assert!(facts.iter().all(|fact: &Fact| fact.id == envelope.id));
    facts
        .into_iter()
        .map(|fact| {
            let date = if fact.at == envelope.time { "ce_time".into() } else { fact.at.get().to_rfc3339() };
            (fact.learner.get(), fact.context.to_string(), date, fact.value)
        })
        .collect()
}

fn now(learner: i64, context: &str, value: FactValue) -> (i64, String, String, FactValue) {
    (learner, context.into(), "ce_time".into(), value)
}

fn assert_is_alice(event: &LmsEvent) {
    let alice = event.profile().unwrap();
    assert_eq!(alice.learner, learner(42));
    assert_eq!(
        (alice.username.as_str(), alice.email.as_str(), alice.name.as_str(), alice.is_active),
        ("alice", "a@example.com", "Alice L", true)
    );
}

fn assert_is_zoe(event: &LmsEvent) {
    let zoe = event.profile().unwrap();
    assert_eq!(zoe.learner, learner((1 << 40) + 7));
    assert_eq!(
        (zoe.username.as_str(), zoe.email.as_str(), zoe.name.as_str(), zoe.is_active),
        ("zoë", "Zoë@example.com", "", false)
    );
}

#[test]
fn passing_status_gives_passing_at_the_time_of_the_event() {
    for (name, passing) in [("passing", true), ("not_passing", false)] {
        let event = message(name).lms();
        assert_is_alice(&event);
        let LmsEvent::PassingStatus(status) = event else { panic!("{event:?}") };
        assert_eq!((status.course, status.is_passing), (context(COURSE), passing));
        assert_eq!(facts(name), [now(42, COURSE, FactValue::Passing { passing })]);
    }
}

#[test]
fn passing_status_of_a_ccx_is_about_the_ccx() {
    assert_is_zoe(&message("ccx_passing").lms());
    let ccx = "ccx-v1:edX+777+2023FW+ccx@5";
    assert_eq!(facts("ccx_passing"), [now((1 << 40) + 7, ccx, FactValue::Passing { passing: true })]);
}

#[test]
fn grade_gives_the_grade_now_and_the_pass_at_its_own_date() {
    let event = message("grade").lms();
    assert!(event.profile().is_none());
    let LmsEvent::CourseGrade(grade) = event else { panic!("{event:?}") };
    assert_eq!((grade.learner, grade.course), (learner(42), context(COURSE)));
    assert_eq!((grade.grade, grade.passed_at), (ratio(0.83), at("2026-04-30T10:00:00.000001Z")));
    let passed =
        (42, COURSE.into(), "2026-04-30T10:00:00.000001+00:00".into(), FactValue::Passing { passing: true });
    assert_eq!(facts("grade"), [now(42, COURSE, FactValue::Grade { grade: ratio(0.83) }), passed]);
}

#[test]
fn certificates_give_status_and_mode_and_a_created_one_its_grade() {
    let cases = [
        ("certificate_created", CertificateAction::Created, "downloadable", "verified", Some(0.83)),
        ("certificate_changed", CertificateAction::Changed, "unverified", "honor", None),
        ("certificate_revoked", CertificateAction::Revoked, "notpassing", "verified", Some(0.31)),
    ];
    for (name, action, status, mode, grade) in cases {
        let event = message(name).lms();
        assert_is_alice(&event);
        let LmsEvent::Certificate(certificate) = event else { panic!("{event:?}") };
        assert_eq!(certificate.action, action);
        assert_eq!(certificate.course, context(COURSE));
        assert_eq!((certificate.status.as_str(), certificate.mode.as_str()), (status, mode));
        assert_eq!(certificate.grade, grade.map(ratio));
        let mut wanted =
            vec![now(42, COURSE, FactValue::Certificate { status: status.into(), mode: mode.into() })];
        if action == CertificateAction::Created {
            wanted.push(now(42, COURSE, FactValue::Grade { grade: ratio(0.83) }));
        }
        assert_eq!(facts(name), wanted);
    }
}

#[test]
fn a_certificate_grade_that_is_no_plain_decimal_is_unknown() {
    let cases = [
        ("", None),
        ("Pass", None),
        ("NaN", None),
        ("inf", None),
        ("1e-1", None),
        ("-0.5", None),
        (".", None),
        ("83", None),
        ("1.01", None),
        ("0", Some(0.0)),
        ("1.0", Some(1.0)),
        ("0.8333", Some(0.8333)),
    ];
    for (text, grade) in cases {
        let event = message("certificate_created").with_text("certificate.grade", text).lms();
        let LmsEvent::Certificate(certificate) = event else { panic!("{event:?}") };
        assert_eq!(certificate.grade, grade.map(ratio), "{text}");
    }
}

#[test]
fn enrolments_give_state_and_mode() {
    let zoe = (1 << 40) + 7;
    let cases = [
        ("enrolment_created", 42, "verified", true),
        ("enrolment_changed", zoe, "audit", true),
        ("unenrolment", 42, "verified", false),
    ];
    for (name, id, mode, active) in cases {
        let event = message(name).lms();
        let assert_is = if id == zoe { assert_is_zoe } else { assert_is_alice };
        assert_is(&event);
        let LmsEvent::Enrolment(enrolment) = event else { panic!("{event:?}") };
        assert_eq!(enrolment.course, context(COURSE));
        assert_eq!(enrolment.course_title.as_deref(), Some("Über Bread 🍞"));
        assert_eq!((enrolment.mode.as_str(), enrolment.is_active), (mode, active));
        assert_eq!(facts(name), [now(id, COURSE, FactValue::Enrolment { active, mode: mode.into() })]);
    }
}

#[test]
fn registration_gives_a_profile_and_no_fact() {
    assert_is_zoe(&message("registration").lms());
    assert_eq!(facts("registration"), []);
}

#[test]
fn exam_attempts_are_about_the_exam() {
    let cases = [
        ("exam_submitted", ExamOutcome::Submitted),
        ("exam_rejected", ExamOutcome::Rejected),
        ("exam_verified", ExamOutcome::Verified),
        ("exam_errored", ExamOutcome::Errored),
        ("exam_reset", ExamOutcome::Reset),
    ];
    for (name, outcome) in cases {
        let event = message(name).lms();
        assert_is_alice(&event);
        let LmsEvent::ExamAttempt(attempt) = event else { panic!("{event:?}") };
        assert_eq!((attempt.course, attempt.exam), (context(COURSE), context(EXAM)));
        assert_eq!(attempt.outcome, outcome);
        assert_eq!(facts(name), [now(42, EXAM, FactValue::Exam { outcome })]);
    }
}

#[test]
fn courses_give_titles_and_dates_and_no_fact() {
    let event = message("catalog_info").lms();
    let info = event.course_info().unwrap();
    assert_eq!((&info.course, info.title.as_str()), (&context(COURSE), "Über Bread 🍞"));
    assert_eq!(info.start, at("2026-01-02T03:04:05Z"));
    assert_eq!(info.end, Some(at("2026-06-30T22:00:00Z")));
    assert_eq!(facts("catalog_info"), []);
    for (name, is_rerun) in [("course_created", false), ("course_rerun", true)] {
        let event = message(name).lms();
        assert!(event.profile().is_none() && event.course_info().is_none());
        let LmsEvent::NewCourse(course) = event else { panic!("{event:?}") };
        assert_eq!((course.course, course.is_rerun), (context(COURSE), is_rerun));
        assert_eq!(facts(name), []);
    }
}

#[test]
fn tracking_events_are_dated_by_the_log() {
    let completion = TrackingFact::Completion(ratio(0.8));
    let cases = [
        ("tracking_course", COURSE, completion),
        ("tracking_chapter", "block-v1:edX+777+2023FW+type@chapter+block@week1", completion),
        ("tracking_sequential", EXAM, completion),
        ("tracking_vertical", "block-v1:edX+777+2023FW+type@vertical+block@unit1", completion),
        ("tracking_grade", COURSE, TrackingFact::Grade(ratio(0.55))),
        ("tracking_first_passed", COURSE, TrackingFact::Passing(true)),
        ("tracking_now_passed", COURSE, TrackingFact::Passing(true)),
        ("tracking_now_failed", COURSE, TrackingFact::Passing(false)),
    ];
    for (name, key, wanted) in cases {
        let event = message(name).lms();
        assert!(event.profile().is_none());
        let LmsEvent::Tracking(tracking) = event else { panic!("{event:?}") };
        assert_eq!((tracking.learner, &tracking.context), (learner(42), &context(key)));
        assert_eq!((tracking.at, tracking.fact), (at("2026-05-01T12:00:00.250Z"), wanted));
        let value = match wanted {
            TrackingFact::Completion(completion) => FactValue::Completion { completion },
            TrackingFact::Grade(grade) => FactValue::Grade { grade },
            TrackingFact::Passing(passing) => FactValue::Passing { passing },
        };
        assert_eq!(facts(name), [(42, key.into(), "2026-05-01T12:00:00.250+00:00".into(), value)]);
    }
}

#[test]
fn a_tracking_event_without_user_id_in_its_data_takes_that_of_its_context() {
    let data = r#"{"course_id": "course-v1:edX+777+2023FW", "percent_grade": 1, "user_id": null}"#;
    let event = message("tracking_grade")
        .with_text("tracking_log.data", data)
        .with_text("tracking_log.context", r#"{"user_id": 43}"#)
        .lms();
    let LmsEvent::Tracking(tracking) = event else { panic!("{event:?}") };
    assert_eq!((tracking.learner, tracking.fact), (learner(43), TrackingFact::Grade(ratio(1.0))));
}
