//! Messages as Open edX's producer writes them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// The topics that the simulated LMS writes to, without prefix: Open edX's defaults, and one for enrolments and grades, which have none.
pub const TOPICS: [&str; 3] =
    ["learning-badges-lifecycle", "learning-certificate-lifecycle", "learning-course-lifecycle"];

/// One event, before its schema has an id.
#[derive(Debug, Clone)]
pub struct Message {
    /// The topic without prefix.
    pub topic: &'static str,
    /// `ce_type`.
    pub event_type: &'static str,
    /// `ce_id`.
    pub id: Uuid,
    /// `ce_time`.
    pub time: DateTime<Utc>,
    /// The course's key, which is the message's key.
    pub key: String,
    /// The datum, as JSON.
    pub datum: Value,
}

pub(super) const PASSING: &str = "org.openedx.learning.course.passing.status.updated.v1";
pub(super) const GRADE: &str = "org.openedx.learning.course.persistent_grade_summary.changed.v1";
pub(super) const CERTIFICATE: &str = "org.openedx.learning.certificate.created.v1";
pub(super) const CERTIFICATE_REVOKED: &str = "org.openedx.learning.certificate.revoked.v1";
pub(super) const ENROLLED: &str = "org.openedx.learning.course.enrollment.created.v1";
pub(super) const UNENROLLED: &str = "org.openedx.learning.course.unenrollment.completed.v1";
pub(super) const RERUN: &str = "org.openedx.content_authoring.course.rerun.completed.v1";
/// An event that shares our topics and is none of ours.
pub(super) const BADGE: &str = "org.openedx.learning.badge.awarded.v1";

/// The schema that the real producer registers for a type; for a type that is none of ours, one that no consumer will ask for.
pub(super) fn schema(event_type: &str) -> &'static str {
    match event_type {
        PASSING => include_str!(
            "../../../../schemas/consumed/org.openedx.learning.course.passing.status.updated.v1.avsc"
        ),
        GRADE => include_str!(
            "../../../../schemas/consumed/org.openedx.learning.course.persistent_grade_summary.changed.v1.avsc"
        ),
        CERTIFICATE => {
            include_str!("../../../../schemas/consumed/org.openedx.learning.certificate.created.v1.avsc")
        }
        CERTIFICATE_REVOKED => {
            include_str!("../../../../schemas/consumed/org.openedx.learning.certificate.revoked.v1.avsc")
        }
        ENROLLED => include_str!(
            "../../../../schemas/consumed/org.openedx.learning.course.enrollment.created.v1.avsc"
        ),
        RERUN => include_str!(
            "../../../../schemas/consumed/org.openedx.content_authoring.course.rerun.completed.v1.avsc"
        ),
        UNENROLLED => {
            include_str!(
                "../../../../schemas/consumed/org.openedx.learning.course.unenrollment.completed.v1.avsc"
            )
        }
        _ => {
            r#"{"type": "record", "name": "CloudEvent", "namespace": "org.openedx.learning.badge.awarded.v1", "fields": [{"name": "badge", "type": "string"}]}"#
        }
    }
}

/// As Python's `isoformat` has it: no fraction when there is none.
pub(super) fn iso(at: DateTime<Utc>) -> String {
    let format = if at.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    at.to_rfc3339_opts(format, false)
}

/// Writes events about one learner, as the LMS does: `id` and `at` become `ce_id` and `ce_time`.
pub struct Writer {
    /// The LMS user id.
    pub learner: i64,
}

impl Writer {
    fn message(
        topic: usize,
        event_type: &'static str,
        id: Uuid,
        time: DateTime<Utc>,
        course: &str,
        datum: Value,
    ) -> Message {
        Message { topic: TOPICS[topic], event_type, id, time, key: course.to_owned(), datum }
    }

    fn user(&self) -> Value {
        let name = format!("learner-{}", self.learner);
        json!({ "id": self.learner, "is_active": true,
                "pii": { "username": name, "email": format!("{name}@example.com"), "name": format!("Learner {}", self.learner) } })
    }

    fn course(course: &str, title: &str) -> Value {
        json!({ "course_key": course, "display_name": title, "start": null, "end": null })
    }

    /// The LMS's judgement whether a course is passed.
    #[must_use]
    pub fn passing(&self, id: Uuid, at: DateTime<Utc>, course: &str, passing: bool) -> Message {
        let datum = json!({ "course_passing_status":
            { "is_passing": passing, "course": Self::course(course, ""), "user": self.user() } });
        Self::message(0, PASSING, id, at, course, datum)
    }

    /// A grade, with the date of the first pass.
    #[must_use]
    pub fn grade(
        &self,
        id: Uuid,
        at: DateTime<Utc>,
        course: &str,
        grade: f64,
        first_passed: DateTime<Utc>,
    ) -> Message {
        let datum = json!({ "grade": {
            "user_id": self.learner, "course": Self::course(course, ""),
            "course_edited_timestamp": iso(first_passed), "course_version": "v1", "grading_policy_hash": "h",
            "percent_grade": grade, "letter_grade": if grade >= 0.5 { "Pass" } else { "" },
            "passed_timestamp": iso(first_passed) } });
        Self::message(2, GRADE, id, at, course, datum)
    }

    /// A certificate, or its end.
    #[must_use]
    pub fn certificate(&self, id: Uuid, at: DateTime<Utc>, course: &str, held: bool) -> Message {
        let datum = json!({ "certificate": {
            "user": self.user(), "course": Self::course(course, ""), "mode": "verified", "grade": "",
            "download_url": "", "name": format!("Learner {}", self.learner),
            "current_status": if held { "downloadable" } else { "notpassing" }, "previous_status": "" } });
        Self::message(1, if held { CERTIFICATE } else { CERTIFICATE_REVOKED }, id, at, course, datum)
    }

    /// An enrolment, or its end.
    #[must_use]
    pub fn enrolment(&self, id: Uuid, at: DateTime<Utc>, course: &str, active: bool) -> Message {
        let datum = json!({ "enrollment": {
            "user": self.user(), "course": Self::course(course, "A course"), "mode": "verified", "is_active": active,
            "creation_date": iso(at), "created_by": null } });
        Self::message(2, if active { ENROLLED } else { UNENROLLED }, id, at, course, datum)
    }

    /// That a course run was made from another run of the course.
    #[must_use]
    pub fn rerun(id: Uuid, at: DateTime<Utc>, course: &str) -> Message {
        Self::message(2, RERUN, id, at, course, json!({ "course": { "course_key": course } }))
    }

    /// An event that shares a topic and is none of ours.
    #[must_use]
    pub fn noise(id: Uuid, at: DateTime<Utc>, course: &str) -> Message {
        Self::message(0, BADGE, id, at, course, json!({ "badge": "of somebody else's" }))
    }
}
