//! `org.openedx.learning.course.passing.status.updated.v1` and its CCX form.

use lp_domain::ContextKey;

use super::Profile;
use crate::fields::Fields;
use crate::poison::Poison;

/// Whether a learner passes a course, as computed just now. Sent on each computation, changed or not.
#[derive(Debug, Clone, PartialEq)]
pub struct PassingStatus {
    /// The learner.
    pub user: Profile,
    /// The course run; for the CCX form the custom course itself, not its master.
    pub course: ContextKey,
    /// Passes, or does not (yet, or any more).
    pub is_passing: bool,
}

impl PassingStatus {
    /// The two forms differ in the order of fields, which does not matter here, and in the key's name.
    pub(super) fn parse(datum: &mut Fields<'_>, key_field: &str) -> Result<Self, Poison> {
        let mut status = datum.record("course_passing_status")?;
        Ok(Self {
            user: Profile::parse(&mut status, "user")?,
            course: status.record("course")?.course(key_field)?,
            is_passing: status.boolean("is_passing")?,
        })
    }
}
