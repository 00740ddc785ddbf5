//! `org.openedx.content_authoring.course.{catalog_info.changed,created,rerun.completed}.v1`.

use lp_domain::{ContextKey, Timestamp};

use crate::fields::Fields;
use crate::poison::Poison;

/// Title and dates of a course, sent with each publication; the newest holds.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseInfo {
    /// The course run.
    pub course: ContextKey,
    /// Its title.
    pub title: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, if it does.
    pub end: Option<Timestamp>,
}

impl CourseInfo {
    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut info = datum.record("catalog_info")?;
        let mut schedule = info.record("schedule_data")?;
        Ok(Self {
            course: info.course("course_key")?,
            title: info.string("name")?,
            start: schedule.date("start")?,
            end: schedule.optional_date("end")?,
        })
    }
}

/// A course run that was not there before.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCourse {
    /// The new course run.
    pub course: ContextKey,
    /// Made as the rerun of another; which, the event does not say.
    pub is_rerun: bool,
}

impl NewCourse {
    pub(super) fn parse(datum: &mut Fields<'_>, is_rerun: bool) -> Result<Self, Poison> {
        Ok(Self { course: datum.record("course")?.course("course_key")?, is_rerun })
    }
}
