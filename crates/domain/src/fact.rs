//! One dated statement about a learner and a learning context.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ContextKey, LearnerId, Ratio, Timestamp};

/// One dated statement about (learner, learning context). Facts are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Whom it is about.
    pub learner: LearnerId,
    /// What it is about: a course run, a section, an exam, ….
    pub context: ContextKey,
    /// When it became true (`ce_time`, or the date that the event itself gives), clamped for ordering.
    pub at: Timestamp,
    /// The event that said so (`ce_id`); breaks ties of `at`.
    pub id: Uuid,
    /// What is stated.
    pub value: FactValue,
}

/// What a fact states. The latest of each kind wins, by the total order (`at`, `id`).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactValue {
    /// The learner passes, or does not.
    Passing {
        /// The LMS's judgement at that moment.
        passing: bool,
    },
    /// The grade in the context.
    Grade {
        /// 0 to 1.
        grade: Ratio,
    },
    /// The part of the content that is completed.
    Completion {
        /// 0 to 1; may fall when content is published.
        completion: Ratio,
    },
    /// The state of the course certificate.
    Certificate {
        /// The LMS's status word; `downloadable` and `generating` are earned ones.
        status: String,
        /// The enrolment mode of the certificate (`honor`, `verified`, …).
        mode: String,
    },
    /// The enrolment in the course.
    Enrolment {
        /// Enrolled now.
        active: bool,
        /// The enrolment mode (`audit`, `verified`, …).
        mode: String,
    },
    /// The outcome of a proctored exam attempt.
    Exam {
        /// What became of it.
        outcome: ExamOutcome,
    },
    /// A staff member vouches for the item, or takes that back.
    Override {
        /// Vouched for, or taken back.
        granted: bool,
        /// Vouched for until then, if it ends.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
        expires_at: Option<Timestamp>,
    },
}

/// What became of an exam attempt.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExamOutcome {
    /// Handed in, not judged.
    Submitted,
    /// Accepted.
    Verified,
    /// Refused.
    Rejected,
    /// Broken off by an error.
    Errored,
    /// Wiped, to be taken again.
    Reset,
}

/// The kind of a fact; one current value a (learner, context, kind).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum FactKind {
    /// [`FactValue::Passing`].
    Passing = 1,
    /// [`FactValue::Grade`].
    Grade = 2,
    /// [`FactValue::Completion`].
    Completion = 3,
    /// [`FactValue::Certificate`].
    Certificate = 4,
    /// [`FactValue::Enrolment`].
    Enrolment = 5,
    /// [`FactValue::Exam`].
    Exam = 6,
    /// [`FactValue::Override`].
    Override = 7,
}

impl FactValue {
    /// The kind under which the latest value is kept.
    #[must_use]
    pub fn kind(&self) -> FactKind {
        match self {
            Self::Passing { .. } => FactKind::Passing,
            Self::Grade { .. } => FactKind::Grade,
            Self::Completion { .. } => FactKind::Completion,
            Self::Certificate { .. } => FactKind::Certificate,
            Self::Enrolment { .. } => FactKind::Enrolment,
            Self::Exam { .. } => FactKind::Exam,
            Self::Override { .. } => FactKind::Override,
        }
    }
}

/// Whether a certificate of this status is earned: the LMS's `PASSED_STATUSES`.
pub(crate) fn is_earned(status: &str) -> bool {
    matches!(status, "downloadable" | "generating")
}

impl FactKind {
    /// Its name, as facts and parameters have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passing => "passing",
            Self::Grade => "grade",
            Self::Completion => "completion",
            Self::Certificate => "certificate",
            Self::Enrolment => "enrolment",
            Self::Exam => "exam",
            Self::Override => "override",
        }
    }
}
