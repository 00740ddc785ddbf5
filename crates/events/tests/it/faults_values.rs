//! Rows 41 to 47 of the fault list: data that decode and mean nothing.

use apache_avro::types::Value;
use lp_events::{Decoded, LmsEvent, reason};

use crate::support::{at, message};

const COURSE_FIELDS: [(&str, &str); 8] = [
    ("passing", "course_passing_status.course.course_key"),
    ("ccx_passing", "course_passing_status.course.ccx_course_key"),
    ("grade", "grade.course.course_key"),
    ("certificate_created", "certificate.course.course_key"),
    ("enrolment_created", "enrollment.course.course_key"),
    ("exam_verified", "exam_attempt.course_key"),
    ("catalog_info", "catalog_info.course_key"),
    ("course_rerun", "course.course_key"),
];

#[test]
fn fault_41_nul_in_a_string_is_poison() {
    let fields = [
        ("passing", "course_passing_status.user.pii.username"),
        ("passing", "course_passing_status.user.pii.email"),
        ("passing", "course_passing_status.user.pii.name"),
        ("passing", "course_passing_status.course.course_key"),
        ("certificate_created", "certificate.mode"),
        ("certificate_created", "certificate.grade"),
        ("certificate_created", "certificate.current_status"),
        ("enrolment_created", "enrollment.mode"),
        ("enrolment_created", "enrollment.course.display_name"),
        ("exam_verified", "exam_attempt.usage_key"),
        ("catalog_info", "catalog_info.name"),
        ("tracking_course", "tracking_log.data"),
    ];
    for (name, path) in fields {
        assert_eq!(message(name).with_text(path, "a\0b").reason(), reason::STRING_NUL, "{path}");
    }
}

#[test]
fn fault_41_nul_inside_json_is_poison() {
    let data = r#"{"user_id": 42, "course_id": "course-v1:a+b+c\u0000", "percent_grade": 0.5}"#;
    assert_eq!(message("tracking_grade").with_text("tracking_log.data", data).reason(), reason::KEY_INVALID);
}

#[test]
fn fault_42_a_grade_outside_zero_to_one_is_poison() {
    for grade in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.01, 1.000_000_1, 83.0, f64::MIN, f64::MAX] {
        let message = message("grade").with("grade.percent_grade", Value::Double(grade));
        assert_eq!(message.reason(), reason::RATIO_INVALID, "{grade}");
    }
    for grade in [0.0, -0.0, 1.0, f64::MIN_POSITIVE] {
        assert!(message("grade").with("grade.percent_grade", Value::Double(grade)).read().is_ok());
    }
}

#[test]
fn fault_42_numbers_of_tracking_events_are_held_to_the_same() {
    let cases = [
        ("NaN", reason::JSON_INVALID),
        ("Infinity", reason::JSON_INVALID),
        ("1e999", reason::JSON_INVALID),
        ("-0.1", reason::RATIO_INVALID),
        ("80", reason::RATIO_INVALID),
        ("\"0.8\"", reason::FIELD_MISSING),
        ("null", reason::FIELD_MISSING),
    ];
    for (percent, wanted) in cases {
        let data = format!(
            r#"{{"user_id": 42, "course_id": "course-v1:a+b+c", "percent": {percent}, "percent_grade": {percent}}}"#
        );
        for name in ["tracking_course", "tracking_grade"] {
            let message = message(name).with_text("tracking_log.data", &data);
            assert_eq!(message.reason(), wanted, "{percent}");
        }
    }
}

#[test]
fn fault_43_dates_out_of_range_are_poison() {
    let bad = [
        "",
        "0001-01-01T00:00:00+00:00",
        "1969-12-31T23:59:59+00:00",
        "10000-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:59.999999-00:01",
        "0001-01-01T00:00:00+23:59",
        "2026-05-01T12:34:56",
        "2026-05-01T12:34:60+00:00",
        "2026-05-01T12:34:56+99:99",
        "yesterday",
    ];
    for date in bad {
        for (name, path) in [
            ("grade", "grade.passed_timestamp"),
            ("catalog_info", "catalog_info.schedule_data.start"),
            ("tracking_course", "tracking_log.timestamp"),
        ] {
            assert_eq!(message(name).with_text(path, date).reason(), reason::DATE_INVALID, "{path} {date}");
        }
        let end = Value::Union(1, Box::new(Value::String(date.into())));
        let message_with_end = message("catalog_info").with("catalog_info.schedule_data.end", end);
        assert_eq!(message_with_end.reason(), reason::DATE_INVALID, "{date}");
        if date != "9999-12-31T23:59:59-05:00" {
            assert_eq!(message("passing").with_header("ce_time", date).reason(), reason::HEADER_INVALID);
        }
    }
}

#[test]
fn fault_43_the_last_instant_is_read() {
    let last = "9999-12-31T23:59:59.999999+00:00";
    assert_eq!(message("passing").with_header("ce_time", last).envelope().time, at(last));
}

#[test]
fn fault_44_user_ids_below_one_are_poison() {
    for (name, path) in [
        ("passing", "course_passing_status.user.id"),
        ("grade", "grade.user_id"),
        ("certificate_created", "certificate.user.id"),
        ("enrolment_created", "enrollment.user.id"),
        ("exam_verified", "exam_attempt.student_user.id"),
        ("registration", "user.id"),
    ] {
        for id in [0, -1, i64::MIN] {
            assert_eq!(message(name).with(path, Value::Long(id)).reason(), reason::LEARNER_INVALID, "{path}");
        }
        assert!(message(name).with(path, Value::Long(i64::MAX)).read().is_ok());
    }
}

#[test]
fn fault_44_user_ids_of_tracking_events_are_held_to_the_same() {
    for id in [
        "0",
        "-1",
        "9223372036854775808",
        "\"\"",
        "\"alice\"",
        "\"0\"",
        "1.5",
        "[]",
        "\"9223372036854775808\"",
    ] {
        let data = format!(r#"{{"user_id": {id}, "course_id": "course-v1:a+b+c", "percent_grade": 0.5}}"#);
        let message = message("tracking_grade").with_text("tracking_log.data", &data);
        assert_eq!(message.reason(), reason::LEARNER_INVALID, "{id}");
    }
}

#[test]
fn fault_45_keys_that_are_no_course_run_are_poison() {
    let long = format!("course-v1:{}+b+c", "a".repeat(255));
    let bad = [
        "",
        "course",
        "Course-v1:a+b+c",
        " course-v1:a+b+c",
        "course-v1:a+b",
        "course-v1:a+b+c\n",
        "course-v1:a b+b+c",
        "library-v1:UniX+P",
        "lib:UniX:slug",
        "block-v1:a+b+c+type@chapter+block@x",
        "path-v1:a+b+c+d",
        "ccx-v1:a+b+c",
        &long,
    ];
    for key in bad {
        for (name, path) in COURSE_FIELDS {
            assert_eq!(message(name).with_text(path, key).reason(), reason::KEY_INVALID, "{path} {key}");
        }
    }
}

#[test]
fn fault_45_every_form_of_a_course_run_is_read() {
    for key in ["course-v1:a+b+c", "edX/DemoX/Demo", "ccx-v1:a+b+c+ccx@5", "course-v1:Ünï+½+c"] {
        for (name, path) in COURSE_FIELDS {
            assert!(message(name).with_text(path, key).read().is_ok(), "{path} {key}");
        }
    }
}

#[test]
fn fault_45_keys_that_are_no_block_are_poison() {
    for key in ["", "block-v1:a+b+c", "course-v1:a+b+c", "path-v1:a+b+c+d", "lib:UniX:slug"] {
        let exam = message("exam_verified").with_text("exam_attempt.usage_key", key);
        assert_eq!(exam.reason(), reason::KEY_INVALID, "{key}");
        let data = format!(r#"{{"user_id": 42, "block_id": "{key}", "percent": 0.5}}"#);
        let progress = message("tracking_chapter").with_text("tracking_log.data", &data);
        assert_eq!(progress.reason(), reason::KEY_INVALID, "{key}");
    }
}

#[test]
fn fault_47_words_that_we_do_not_know_are_carried() {
    let event = message("certificate_created")
        .with_text("certificate.current_status", "honoured_posthumously")
        .with_text("certificate.mode", "")
        .lms();
    let LmsEvent::Certificate(certificate) = event else { panic!("{event:?}") };
    assert_eq!((certificate.status.as_str(), certificate.mode.as_str()), ("honoured_posthumously", ""));
    let event = message("enrolment_created").with_text("enrollment.mode", "no-id-professional").lms();
    let LmsEvent::Enrolment(enrolment) = event else { panic!("{event:?}") };
    assert_eq!(enrolment.mode, "no-id-professional");
    let other = message("tracking_course").with_text("tracking_log.name", "openedx.something.new");
    assert_eq!(other.read(), Ok(Decoded::Unknown));
}

#[test]
fn fault_47_a_certificate_without_a_status_is_poison() {
    let message = message("certificate_created").with_text("certificate.current_status", "");
    assert_eq!(message.reason(), reason::WORD_EMPTY);
}

#[test]
fn json_that_is_no_object_is_poison_where_it_is_needed() {
    let without_user = r#"{"course_id": "course-v1:a+b+c", "percent_grade": 0.5}"#;
    for text in ["", "null", "[]", "{", "{\"a\": 1} x", "3"] {
        let data = message("tracking_grade").with_text("tracking_log.data", text);
        assert_eq!(data.reason(), reason::JSON_INVALID, "{text}");
        let context = message("tracking_grade").with_text("tracking_log.context", text);
        assert!(context.read().is_ok(), "{text}");
        let context = context.with_text("tracking_log.data", without_user);
        assert_eq!(context.reason(), reason::JSON_INVALID, "{text}");
    }
    for context in ["{}", r#"{"user_id": null}"#, r#"{"user_id": ""}"#] {
        let nobody = message("tracking_grade")
            .with_text("tracking_log.data", without_user)
            .with_text("tracking_log.context", context);
        let wanted = if context == "{}" { reason::FIELD_MISSING } else { reason::LEARNER_INVALID };
        assert_eq!(nobody.reason(), wanted, "{context}");
    }
}

#[test]
fn poison_and_profiles_show_no_personal_data() {
    let poison = message("passing")
        .with_text("course_passing_status.course.course_key", "alice@example.com")
        .read()
        .unwrap_err();
    let shown = format!("{poison} {poison:?} {:?}", message("passing").lms());
    for secret in ["alice", "example.com", "Alice"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(
        poison.to_string(),
        "key_invalid: course_passing_status.course.course_key is no key of a course run"
    );
}
