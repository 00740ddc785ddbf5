use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;
use opaque_keys::CourseKey;
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use crate::call::Access;
use crate::enrolment::{self, CourseEnrolment, is_username};
use crate::http::{Answer, Body, Request};
use crate::{Lms, LmsError};

/// What became of enrolling a learner in a course run, as far as the LMS tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CourseOutcome {
    /// The learner is in the course now, and was not before.
    Enrolled,
    /// The learner was in the course already, in whatever mode. Nothing was changed.
    AlreadyEnrolled,
    /// Enrolment has not opened yet, or has closed.
    Closed,
    /// Only the invited may enrol.
    InvitationOnly,
    /// The course is full, or a filter of the site refused: the LMS does not say which.
    FullOrRefused,
    /// The course does not offer the mode, or does so no longer.
    ModeNotOffered,
    /// Nobody has this name.
    UnknownLearner,
    /// The LMS has no such course run.
    UnknownCourse,
    /// The site refuses this learner.
    Refused(Refusal),
}

/// Who refused, where the LMS tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A filter of the site.
    Filter,
    /// An embargo of a country.
    Embargo,
}

/// What a `POST` comes to; why a refusal was one may take another question.
enum Posted {
    Done(CourseOutcome),
    /// The one answer for closed, full, by invitation only, refused, and unknown courses.
    No,
}

impl Lms {
    /// Enrols a learner, or takes a learner back who had left. `mode` `None` leaves it to the LMS: the platform's default.
    /// `path_run` is noted with the enrolment, as attribute `path_run` in the namespace `learning_paths`.
    ///
    /// It looks first and then enrols: one call when the learner is in the course already, else two. The other way round would
    /// save a call, but the LMS answers both alike; it refuses who is enrolled once enrolment has closed; and it would put a
    /// learner who paid for `verified` back to another mode. When it is tried over it looks again, since a request without an
    /// answer may have been carried out.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use. The learner may be enrolled all the same.
    pub async fn enrol(
        &self,
        username: &str,
        course: &CourseKey,
        mode: Option<&str>,
        path_run: &str,
    ) -> Result<CourseOutcome, LmsError> {
        if !is_username(username) {
            return Ok(CourseOutcome::UnknownLearner);
        }
        let calls = &self.0.calls;
        let (look, enrol) = (enrolment::request(username, course), request(username, course, mode, path_run));
        let deadline = calls.deadline();
        let has_posted = AtomicBool::new(false);
        let attempt = || async {
            let found = enrolment::read(&calls.once(Access::Throttled, &look, deadline).await?)?;
            if found.is_some_and(|found| found.is_active) {
                // After our own request without an answer it was most likely that request.
                let was_us = has_posted.load(Ordering::Relaxed);
                let outcome = if was_us { CourseOutcome::Enrolled } else { CourseOutcome::AlreadyEnrolled };
                return Ok(Posted::Done(outcome));
            }
            has_posted.store(true, Ordering::Relaxed);
            read(&calls.once(Access::Throttled, &enrol, deadline).await?)
        };
        match calls.retrying(deadline, attempt).await? {
            Posted::Done(outcome) => Ok(outcome),
            Posted::No => self.why_not(course).await,
        }
    }

    /// What the course tells of a refusal; in the order in which the LMS asks.
    async fn why_not(&self, course: &CourseKey) -> Result<CourseOutcome, LmsError> {
        Ok(match self.course(course).await? {
            None => CourseOutcome::UnknownCourse,
            Some(window) if window.is_invite_only => CourseOutcome::InvitationOnly,
            Some(window) if !window.is_open(Utc::now()) => CourseOutcome::Closed,
            Some(_) => CourseOutcome::FullOrRefused,
        })
    }
}

fn request(username: &str, course: &CourseKey, mode: Option<&str>, path_run: &str) -> Request {
    let mut body = json!({
        "user": username,
        "is_active": true,
        "course_details": { "course_id": course },
        "enrollment_attributes": [{ "namespace": "learning_paths", "name": "path_run", "value": path_run }],
    });
    if let Some(mode) = mode {
        body["mode"] = mode.into();
    }
    Request::post("enrol", "/api/enrollment/v1/enrollment", Body::Json(body))
}

fn read(answer: &Answer) -> Result<Posted, LmsError> {
    let done = |outcome| Ok(Posted::Done(outcome));
    match answer.status {
        StatusCode::OK if answer.json::<CourseEnrolment>()?.is_active => done(CourseOutcome::Enrolled),
        StatusCode::OK => Err(answer.unexpected("not active")),
        StatusCode::NOT_ACCEPTABLE => done(CourseOutcome::UnknownLearner),
        StatusCode::BAD_REQUEST => match object(answer)? {
            object if object.contains_key("course_details") => done(CourseOutcome::ModeNotOffered),
            object if object.contains_key("message") => Ok(Posted::No),
            _ => Err(answer.refused()),
        },
        StatusCode::FORBIDDEN => match object(answer)? {
            object if object.contains_key("user_message_url") => {
                done(CourseOutcome::Refused(Refusal::Embargo))
            }
            object if object.contains_key("localizedMessage") => {
                done(CourseOutcome::Refused(Refusal::Filter))
            }
            _ => Err(answer.refused()),
        },
        _ => Err(answer.refused()),
    }
}

fn object(answer: &Answer) -> Result<Map<String, Value>, LmsError> {
    answer.json()
}
