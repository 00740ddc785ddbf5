use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, Utc};
use opaque_keys::CourseKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde::Deserialize;
use tokio::time::Instant;

use crate::call::Access;
use crate::http::{Answer, Request};
use crate::{Lms, LmsError};

/// How long an answer is kept; the LMS keeps its own for as long.
const KEPT_FOR: Duration = Duration::from_mins(1);

/// All but what is never encoded, and the slash of deprecated keys, which routes are split at.
const IN_KEYS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/');

/// A key as part of a path.
pub(crate) fn encoded(course: &CourseKey) -> String {
    utf8_percent_encode(course.as_str(), IN_KEYS).to_string()
}

/// When and how one may enrol in a course run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseWindow {
    /// When enrolment opens; `None` when it always was open.
    pub opens_at: Option<DateTime<Utc>>,
    /// When enrolment closes; `None` when it never does.
    pub closes_at: Option<DateTime<Utc>>,
    /// Whether only the invited may enrol.
    pub is_invite_only: bool,
    /// The slugs of the modes offered now: `audit`, `honor`, `verified`, ….
    pub modes: Vec<String>,
}

impl CourseWindow {
    /// Whether an instant lies between the opening and the closing.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.opens_at.is_none_or(|opens_at| opens_at <= now)
            && self.closes_at.is_none_or(|closes_at| now < closes_at)
    }
}

#[derive(Deserialize)]
struct Course {
    enrollment_start: Option<DateTime<Utc>>,
    enrollment_end: Option<DateTime<Utc>>,
    invite_only: bool,
    #[serde(rename = "course_modes")]
    modes: Vec<Mode>,
}

#[derive(Deserialize)]
struct Mode {
    slug: String,
}

impl Lms {
    /// When and how one may enrol in a course run; `None` when the LMS has none with this key. Answers are kept for 60 s.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use.
    pub async fn course(&self, course: &CourseKey) -> Result<Option<CourseWindow>, LmsError> {
        let kept = {
            let courses = self.0.courses.lock().unwrap_or_else(PoisonError::into_inner);
            courses.get(course).cloned()
        };
        if let Some((asked_at, window)) = kept
            && asked_at.elapsed() < KEPT_FOR
        {
            return Ok(window);
        }
        let asked_at = Instant::now();
        let request = Request::get("course", format!("/api/enrollment/v1/course/{}", encoded(course)));
        let window = read(&self.0.calls.send(Access::Anonymous, &request).await?)?;
        let mut courses = self.0.courses.lock().unwrap_or_else(PoisonError::into_inner);
        courses.retain(|_, (asked_at, _)| asked_at.elapsed() < KEPT_FOR);
        courses.insert(course.clone(), (asked_at, window.clone()));
        Ok(window)
    }
}

fn read(answer: &Answer) -> Result<Option<CourseWindow>, LmsError> {
    match answer.status {
        StatusCode::OK => {
            let course: Course = answer.json()?;
            Ok(Some(CourseWindow {
                opens_at: course.enrollment_start,
                closes_at: course.enrollment_end,
                is_invite_only: course.invite_only,
                modes: course.modes.into_iter().map(|mode| mode.slug).collect(),
            }))
        }
        StatusCode::BAD_REQUEST if !answer.is_page => Ok(None),
        _ => Err(answer.refused()),
    }
}
