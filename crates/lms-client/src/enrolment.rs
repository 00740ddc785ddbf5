use std::collections::HashMap;

use chrono::Utc;
use opaque_keys::CourseKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::accounts::{NAMES_A_REQUEST, distinct};
use crate::call::Access;
use crate::course::encoded;
use crate::http::{Answer, Request, is_of};
use crate::{Lms, LmsError, Seen};

pub(crate) const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most rows that the LMS puts on a page.
const ROWS_A_PAGE: usize = 100;
const _: () = assert!(NAMES_A_REQUEST <= ROWS_A_PAGE, "one page must hold a row for each name");

/// A learner's enrolment in a course run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CourseEnrolment {
    /// The slug of its mode: `audit`, `honor`, `verified`, ….
    pub mode: String,
    /// Whether the learner is in the course now.
    pub is_active: bool,
}

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    user: String,
    course_id: String,
    #[serde(flatten)]
    enrolment: CourseEnrolment,
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

    /// The enrolments of many learners in a course run, active or not, by their names as they were given; who never was
    /// enrolled is missing, and who has no account.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use: also when it is of another learner or course.
    pub async fn enrolments(
        &self,
        usernames: &[&str],
        course: &CourseKey,
    ) -> Result<Seen<HashMap<String, CourseEnrolment>>, LmsError> {
        let (mut enrolments, mut asked_at) = (HashMap::new(), None);
        for names in distinct(usernames, is_username).chunks(NAMES_A_REQUEST) {
            let request = Request::get("enrolments", "/api/enrollment/v1/enrollments")
                .with("course_id", course.to_string())
                .with("username", names.join(","))
                .with("page_size", ROWS_A_PAGE.to_string());
            let answer = self.0.calls.send(Access::Throttled, &request).await?;
            asked_at.get_or_insert(answer.asked_at);
            let page: Page = match answer.status {
                StatusCode::OK => answer.json()?,
                _ => return Err(answer.refused()),
            };
            if page.next.is_some() {
                return Err(answer.unexpected("more rows than names"));
            }
            for row in page.results {
                // One row answers for all that differ in case alone.
                let is_asked = |name: &&&str| is_of((&row.user, &row.course_id), (name, course));
                let asked: Vec<_> = names.iter().filter(is_asked).collect();
                if asked.is_empty() {
                    return Err(answer.unexpected("of another learner or course"));
                }
                enrolments.extend(asked.into_iter().map(|&name| (name.to_owned(), row.enrolment.clone())));
            }
        }
        Ok(Seen { asked_at: asked_at.unwrap_or_else(Utc::now), told: enrolments })
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
