//! `org.openedx.learning.course.{enrollment.created,enrollment.changed,unenrollment.completed}.v1`.

use lp_domain::ContextKey;

use super::Profile;
use crate::fields::Fields;
use crate::poison::Poison;

/// The state of a course enrolment; the three events have one shape and differ only in when they are sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    /// The learner.
    pub user: Profile,
    /// The course run.
    pub course: ContextKey,
    /// Its title, where the event gives it.
    pub course_title: Option<String>,
    /// The mode (`audit`, `verified`, …); one that we do not know is carried as it is.
    pub mode: String,
    /// Enrolled now.
    pub is_active: bool,
}

impl Enrolment {
    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut enrolment = datum.record("enrollment")?;
        let mut course = enrolment.record("course")?;
        Ok(Self {
            user: Profile::parse(&mut enrolment, "user")?,
            course: course.course("course_key")?,
            course_title: course
                .optional_text("display_name")?
                .filter(|title| !title.is_empty())
                .map(str::to_owned),
            mode: enrolment.string("mode")?,
            is_active: enrolment.boolean("is_active")?,
        })
    }
}
