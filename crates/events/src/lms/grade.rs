//! `org.openedx.learning.course.persistent_grade_summary.changed.v1`.

use lp_domain::{ContextKey, LearnerId, Ratio, Timestamp};

use crate::fields::Fields;
use crate::poison::Poison;

/// A stored course grade. The LMS's producer drops it before the first pass, as it cannot write a null date.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseGrade {
    /// The learner; this event has no further personal data.
    pub learner: LearnerId,
    /// The course run.
    pub course: ContextKey,
    /// The grade, 0 to 1.
    pub grade: Ratio,
    /// When the learner first passed. Never cleared, even if the grade fell since.
    pub passed_at: Timestamp,
}

impl CourseGrade {
    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut grade = datum.record("grade")?;
        Ok(Self {
            learner: grade.learner("user_id")?,
            course: grade.record("course")?.course("course_key")?,
            grade: grade.ratio("percent_grade")?,
            passed_at: grade.date("passed_timestamp")?,
        })
    }
}
