use opaque_keys::CourseKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::call::Access;
use crate::course::encoded;
use crate::http::{Answer, Request};
use crate::{Lms, LmsError};

pub(crate) const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A learner's enrolment in a course run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CourseEnrolment {
    /// The slug of its mode: `audit`, `honor`, `verified`, ….
    pub mode: String,
    /// Whether the learner is in the course now.
    pub is_active: bool,
}

impl Lms {
    /// A learner's enrolment, active or not; `None` when there never was one, also when nobody has this name.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use.
    pub async fn enrolment(
        &self,
        username: &str,
        course: &CourseKey,
    ) -> Result<Option<CourseEnrolment>, LmsError> {
        if !is_username(username) {
            return Ok(None);
        }
        read(&self.0.calls.send(Access::Throttled, &request(username, course)).await?)
    }
}

pub(crate) fn request(username: &str, course: &CourseKey) -> Request {
    let username = utf8_percent_encode(username, IN_NAMES);
    Request::get("enrolment", format!("/api/enrollment/v1/enrollment/{username},{}", encoded(course)))
}

pub(crate) fn read(answer: &Answer) -> Result<Option<CourseEnrolment>, LmsError> {
    match answer.status {
        // No row: the body is empty, or `null` in later releases.
        StatusCode::OK if answer.body.is_empty() => Ok(None),
        StatusCode::OK => answer.json(),
        _ => Err(answer.refused()),
    }
}

/// Whether the LMS's routes take the name; no account has another.
pub(crate) fn is_username(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || " .@_+-".contains(c))
}
