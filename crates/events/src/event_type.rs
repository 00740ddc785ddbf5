//! The event types that we read and write.

/// One row per event type: its name as a constant.
macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*

        /// All event types that [`decode`](crate::decode) reads.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

event_types! {
    /// A course's passing status was computed.
    COURSE_PASSING_STATUS_UPDATED = "org.openedx.learning.course.passing.status.updated.v1";
    /// The same for a custom course (CCX).
    CCX_COURSE_PASSING_STATUS_UPDATED = "org.openedx.learning.ccx.course.passing.status.updated.v1";
    /// A course grade was stored.
    PERSISTENT_GRADE_SUMMARY_CHANGED = "org.openedx.learning.course.persistent_grade_summary.changed.v1";
    /// A course certificate was saved with an earned status.
    CERTIFICATE_CREATED = "org.openedx.learning.certificate.created.v1";
    /// A course certificate was saved.
    CERTIFICATE_CHANGED = "org.openedx.learning.certificate.changed.v1";
    /// A course certificate was taken back.
    CERTIFICATE_REVOKED = "org.openedx.learning.certificate.revoked.v1";
    /// A learner was enrolled in a course.
    COURSE_ENROLLMENT_CREATED = "org.openedx.learning.course.enrollment.created.v1";
    /// Mode or state of a course enrolment changed.
    COURSE_ENROLLMENT_CHANGED = "org.openedx.learning.course.enrollment.changed.v1";
    /// A learner left a course.
    COURSE_UNENROLLMENT_COMPLETED = "org.openedx.learning.course.unenrollment.completed.v1";
    /// An account was registered.
    STUDENT_REGISTRATION_COMPLETED = "org.openedx.learning.student.registration.completed.v1";
    /// A proctored exam was handed in.
    EXAM_ATTEMPT_SUBMITTED = "org.openedx.learning.exam.attempt.submitted.v1";
    /// A proctored exam was refused.
    EXAM_ATTEMPT_REJECTED = "org.openedx.learning.exam.attempt.rejected.v1";
    /// A proctored exam was accepted.
    EXAM_ATTEMPT_VERIFIED = "org.openedx.learning.exam.attempt.verified.v1";
    /// A proctored exam broke off.
    EXAM_ATTEMPT_ERRORED = "org.openedx.learning.exam.attempt.errored.v1";
    /// A proctored exam was wiped.
    EXAM_ATTEMPT_RESET = "org.openedx.learning.exam.attempt.reset.v1";
    /// A course's title or dates were published.
    COURSE_CATALOG_INFO_CHANGED = "org.openedx.content_authoring.course.catalog_info.changed.v1";
    /// A course was made.
    COURSE_CREATED = "org.openedx.content_authoring.course.created.v1";
    /// A course was made as the rerun of another.
    COURSE_RERUN_COMPLETED = "org.openedx.content_authoring.course.rerun.completed.v1";
    /// A tracking log entry.
    TRACKING_EVENT_EMITTED = "org.openedx.analytics.tracking.event.emitted.v1";
    /// Ours: a learner completed a path run.
    PATH_COMPLETED = "org.openedx.learning.path.completed.v1";
    /// Ours: a completion no longer holds.
    PATH_COMPLETION_REVOKED = "org.openedx.learning.path.completion.revoked.v1";
    /// Ours: how the award of a completion stands changed.
    PATH_COMPLETION_CHANGED = "org.openedx.learning.path.completion.changed.v1";
    /// Ours: a learner's account was retired.
    PATH_LEARNER_RETIRED = "org.openedx.learning.path.learner.retired.v1";
    /// Ours: a credential holds from now on.
    PATH_CREDENTIAL_AWARDED = "org.openedx.learning.path.credential.awarded.v1";
    /// Ours: a credential no longer holds.
    PATH_CREDENTIAL_REVOKED = "org.openedx.learning.path.credential.revoked.v1";
}

/// Ours, written and not read: a learner was enrolled in a path run for the first time.
pub const PATH_ENROLLMENT_CREATED: &str = "org.openedx.learning.path.enrollment.created.v1";
/// Ours, written and not read: an enrolment in a path run changed.
pub const PATH_ENROLLMENT_CHANGED: &str = "org.openedx.learning.path.enrollment.changed.v1";
/// Ours, written and not read: how a learner stands to the dates of a path run changed.
pub const PATH_TIME_STATUS_CHANGED: &str = "org.openedx.learning.path.time_status.changed.v1";

/// Whether [`decode`](crate::decode) reads this type; topics carry others too, which are skipped.
#[must_use]
pub fn is_known(event_type: &str) -> bool {
    ALL.contains(&event_type)
}
