use std::collections::HashMap;

use opaque_keys::CourseKey;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::call::Access;
use crate::http::{Body, Request};
use crate::{Lms, LmsError};

/// The most pairs of course and identifier that are well asked for at once: the LMS enrols them one by one in one transaction,
/// and answers when all is done.
pub const BULK_PAIRS_MAX: usize = 300;

/// What became of one pair.
#[derive(Clone, PartialEq, Eq)]
pub struct Bulk {
    /// The course run.
    pub course: CourseKey,
    /// The name or e-mail address, as it was given.
    pub identifier: String,
    /// What became of it.
    pub outcome: BulkOutcome,
}

/// Without the identifier.
impl std::fmt::Debug for Bulk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { course, outcome, identifier: _ } = self;
        f.debug_struct("Bulk").field("course", course).field("outcome", outcome).finish_non_exhaustive()
    }
}

/// What bulk enrolment does to a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkOutcome {
    /// In the course now, and not before.
    Enrolled,
    /// In the course before.
    AlreadyEnrolled,
    /// Nobody's address, or of an account that was not activated yet: enrolled when it is, if enrolment is open then.
    Invited,
    /// A name that nobody has, or whose owner asked for retirement.
    UnknownLearner,
    /// The LMS failed on this pair, or the identifier cannot be sent: it is split at commas and white space.
    Failed,
}

#[derive(Deserialize)]
struct Results {
    courses: HashMap<String, Course>,
}

#[derive(Deserialize)]
struct Course {
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    identifier: String,
    #[serde(default, rename = "invalidIdentifier")]
    is_invalid: bool,
    #[serde(default)]
    before: Standing,
    #[serde(default)]
    after: Standing,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Standing {
    enrollment: bool,
    allowed: bool,
}

impl Lms {
    /// Enrols all of the learners, by name or e-mail address, in all of the courses, in their default modes. Neither window nor
    /// capacity nor invitations count, nor whether the LMS has the course. Nobody is sent an e-mail.
    ///
    /// One item for each pair: course by course, identifiers as given. At most [`BULK_PAIRS_MAX`] pairs should be asked for at
    /// once. Not tried over: done twice it comes to the same, but the first may still be going on.
    ///
    /// # Errors
    /// [`LmsError::NoBulk`] when the site has not switched it on; others when the LMS cannot be asked, or its answer is of no
    /// use. The learners may be enrolled all the same.
    pub async fn bulk_enrol(
        &self,
        courses: &[CourseKey],
        identifiers: &[&str],
    ) -> Result<Vec<Bulk>, LmsError> {
        let sendable: Vec<_> = identifiers.iter().copied().filter(|one| is_sendable(one)).collect();
        let mut told = HashMap::new();
        if !courses.is_empty() && !sendable.is_empty() {
            let keys: Vec<_> = courses.iter().map(CourseKey::as_str).collect();
            let results = self.bulk(&keys.join(","), &sendable.join(",")).await?;
            for (course, Course { results }) in results.courses {
                let outcomes = results.into_iter().map(|row| (row.identifier.clone(), outcome(&row)));
                told.insert(course, outcomes.collect::<HashMap<_, _>>());
            }
        }
        let pairs = courses.iter().flat_map(|course| identifiers.iter().map(move |one| (course, *one)));
        let items = pairs.map(|(course, identifier)| {
            let outcome = told.get(course.as_str()).and_then(|rows| rows.get(identifier)).copied();
            let outcome = outcome.unwrap_or(BulkOutcome::Failed);
            Bulk { course: course.clone(), identifier: identifier.to_owned(), outcome }
        });
        Ok(items.collect())
    }

    async fn bulk(&self, courses: &str, identifiers: &str) -> Result<Results, LmsError> {
        let calls = &self.0.calls;
        let body = json!({
            "action": "enroll", "auto_enroll": true, "email_students": false,
            "courses": courses, "identifiers": identifiers,
        });
        let path = "/api/bulk_enroll/v1/bulk_enroll";
        let request = Request {
            timeout: Some(calls.limits().bulk_timeout),
            ..Request::post("bulk_enrol", path, Body::Json(body))
        };
        let answer = calls.once(Access::Throttled, &request, calls.deadline()).await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            StatusCode::NOT_FOUND => Err(LmsError::NoBulk),
            _ => Err(answer.refused()),
        }
    }
}

fn is_sendable(identifier: &str) -> bool {
    !identifier.is_empty() && !identifier.contains(|c: char| c == ',' || c.is_whitespace())
}

fn outcome(row: &Row) -> BulkOutcome {
    match row {
        Row { is_invalid: true, .. } => BulkOutcome::UnknownLearner,
        Row {
            after: Standing { enrollment: true, .. }, before: Standing { enrollment: true, .. }, ..
        } => BulkOutcome::AlreadyEnrolled,
        Row { after: Standing { enrollment: true, .. }, .. } => BulkOutcome::Enrolled,
        Row { after: Standing { allowed: true, .. }, .. } => BulkOutcome::Invited,
        _ => BulkOutcome::Failed,
    }
}
