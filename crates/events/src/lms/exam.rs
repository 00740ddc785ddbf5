//! `org.openedx.learning.exam.attempt.{submitted,rejected,verified,errored,reset}.v1`.

use lp_domain::ContextKey;
use lp_domain::fact::ExamOutcome;

use super::Profile;
use crate::fields::Fields;
use crate::poison::Poison;

/// What became of a proctored exam attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamAttempt {
    /// The learner.
    pub user: Profile,
    /// The course run that holds the exam.
    pub course: ContextKey,
    /// The exam's block.
    pub exam: ContextKey,
    /// Which of the five events it is.
    pub outcome: ExamOutcome,
}

impl ExamAttempt {
    pub(super) fn parse(datum: &mut Fields<'_>, outcome: ExamOutcome) -> Result<Self, Poison> {
        let mut attempt = datum.record("exam_attempt")?;
        Ok(Self {
            user: Profile::parse(&mut attempt, "student_user")?,
            course: attempt.course("course_key")?,
            exam: attempt.usage("usage_key")?,
            outcome,
        })
    }
}
