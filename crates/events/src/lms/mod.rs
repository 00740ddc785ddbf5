//! Open edX's events, one module a family of types.

mod catalog;
mod certificate;
mod enrolment;
mod exam;
mod grade;
mod passing;
mod tracking;
mod user;

pub use catalog::{CourseInfo, NewCourse};
pub use certificate::{Certificate, CertificateAction};
pub use enrolment::Enrolment;
pub use exam::ExamAttempt;
pub use grade::CourseGrade;
pub use passing::PassingStatus;
pub use tracking::{Tracking, TrackingFact};
pub use user::Profile;

use lp_domain::fact::ExamOutcome;
use lp_domain::{ContextKey, Fact, FactValue, LearnerId, Timestamp};

use crate::envelope::Envelope;
use crate::event_type as types;
use crate::fields::Fields;
use crate::poison::Poison;

/// One event of Open edX, parsed.
#[derive(Debug, Clone, PartialEq)]
pub enum LmsEvent {
    /// `course.passing.status.updated` and its CCX form.
    PassingStatus(PassingStatus),
    /// `course.persistent_grade_summary.changed`.
    CourseGrade(CourseGrade),
    /// `certificate.created`, `certificate.changed`, `certificate.revoked`.
    Certificate(Certificate),
    /// `course.enrollment.created`, `course.enrollment.changed`, `course.unenrollment.completed`.
    Enrolment(Enrolment),
    /// `exam.attempt.*`.
    ExamAttempt(ExamAttempt),
    /// `tracking.event.emitted`, of a name that gives a fact.
    Tracking(Tracking),
    /// `student.registration.completed`.
    Registration(Profile),
    /// `course.catalog_info.changed`.
    CourseInfo(CourseInfo),
    /// `course.created`, `course.rerun.completed`.
    NewCourse(NewCourse),
}

impl LmsEvent {
    /// Reads a datum of the given type; `None` if the type is none of the LMS's that we know, or is a
    /// tracking event that gives no fact.
    pub(crate) fn parse(event_type: &str, datum: &mut Fields<'_>) -> Result<Option<Self>, Poison> {
        Ok(Some(match event_type {
            types::COURSE_PASSING_STATUS_UPDATED => {
                Self::PassingStatus(PassingStatus::parse(datum, "course_key")?)
            }
            types::CCX_COURSE_PASSING_STATUS_UPDATED => {
                Self::PassingStatus(PassingStatus::parse(datum, "ccx_course_key")?)
            }
            types::PERSISTENT_GRADE_SUMMARY_CHANGED => Self::CourseGrade(CourseGrade::parse(datum)?),
            types::CERTIFICATE_CREATED => {
                Self::Certificate(Certificate::parse(datum, CertificateAction::Created)?)
            }
            types::CERTIFICATE_CHANGED => {
                Self::Certificate(Certificate::parse(datum, CertificateAction::Changed)?)
            }
            types::CERTIFICATE_REVOKED => {
                Self::Certificate(Certificate::parse(datum, CertificateAction::Revoked)?)
            }
            types::COURSE_ENROLLMENT_CREATED
            | types::COURSE_ENROLLMENT_CHANGED
            | types::COURSE_UNENROLLMENT_COMPLETED => Self::Enrolment(Enrolment::parse(datum)?),
            types::EXAM_ATTEMPT_SUBMITTED => {
                Self::ExamAttempt(ExamAttempt::parse(datum, ExamOutcome::Submitted)?)
            }
            types::EXAM_ATTEMPT_REJECTED => {
                Self::ExamAttempt(ExamAttempt::parse(datum, ExamOutcome::Rejected)?)
            }
            types::EXAM_ATTEMPT_VERIFIED => {
                Self::ExamAttempt(ExamAttempt::parse(datum, ExamOutcome::Verified)?)
            }
            types::EXAM_ATTEMPT_ERRORED => {
                Self::ExamAttempt(ExamAttempt::parse(datum, ExamOutcome::Errored)?)
            }
            types::EXAM_ATTEMPT_RESET => Self::ExamAttempt(ExamAttempt::parse(datum, ExamOutcome::Reset)?),
            types::STUDENT_REGISTRATION_COMPLETED => Self::Registration(Profile::parse(datum, "user")?),
            types::COURSE_CATALOG_INFO_CHANGED => Self::CourseInfo(CourseInfo::parse(datum)?),
            types::COURSE_CREATED => Self::NewCourse(NewCourse::parse(datum, false)?),
            types::COURSE_RERUN_COMPLETED => Self::NewCourse(NewCourse::parse(datum, true)?),
            types::TRACKING_EVENT_EMITTED => return Ok(Tracking::parse(datum)?.map(Self::Tracking)),
            _ => return Ok(None),
        }))
    }

    /// What the event states of its learner, dated by the event; none for events about courses.
    #[must_use]
    pub fn facts(&self, envelope: &Envelope) -> Vec<Fact> {
        let fact = |learner: LearnerId, context: &ContextKey, at: Timestamp, value: FactValue| Fact {
            learner,
            context: context.clone(),
            at,
            id: envelope.id,
            value,
        };
        let now = envelope.time;
        match self {
            Self::PassingStatus(event) => {
                let value = FactValue::Passing { passing: event.is_passing };
                vec![fact(event.user.learner, &event.course, now, value)]
            }
            Self::CourseGrade(event) => vec![
                fact(event.learner, &event.course, now, FactValue::Grade { grade: event.grade }),
                fact(event.learner, &event.course, event.passed_at, FactValue::Passing { passing: true }),
            ],
            Self::Certificate(event) => {
                let value = FactValue::Certificate { status: event.status.clone(), mode: event.mode.clone() };
                let mut facts = vec![fact(event.user.learner, &event.course, now, value)];
                if let Some(grade) = event.earned_grade() {
                    facts.push(fact(event.user.learner, &event.course, now, FactValue::Grade { grade }));
                }
                facts
            }
            Self::Enrolment(event) => {
                let value = FactValue::Enrolment { active: event.is_active, mode: event.mode.clone() };
                vec![fact(event.user.learner, &event.course, now, value)]
            }
            Self::ExamAttempt(event) => {
                let value = FactValue::Exam { outcome: event.outcome };
                vec![fact(event.user.learner, &event.exam, now, value)]
            }
            Self::Tracking(event) => {
                vec![fact(event.learner, &event.context, event.at, event.fact.value())]
            }
            Self::Registration(_) | Self::CourseInfo(_) | Self::NewCourse(_) => Vec::new(),
        }
    }

    /// The learner's personal data, as of the event's time; for the one table that holds such data.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Self::PassingStatus(event) => Some(&event.user),
            Self::Certificate(event) => Some(&event.user),
            Self::Enrolment(event) => Some(&event.user),
            Self::ExamAttempt(event) => Some(&event.user),
            Self::Registration(user) => Some(user),
            Self::CourseGrade(_) | Self::Tracking(_) | Self::CourseInfo(_) | Self::NewCourse(_) => None,
        }
    }

    /// Title and dates of a course, if the event is about these.
    #[must_use]
    pub fn course_info(&self) -> Option<&CourseInfo> {
        if let Self::CourseInfo(info) = self { Some(info) } else { None }
    }
}
