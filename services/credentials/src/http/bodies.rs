//! Bodies and answers that several operations share.

use chrono::{DateTime, Utc};
use lp_domain::{LearnerId, Ratio, RunKey, Timestamp};
use lp_http::Problem;
use lp_http::problem::{Place, ProblemDocument};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

use crate::store::by_hand::Gift;

/// Why something is done; a request may also have no body.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// For the audit log; no names of learners.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(super) reason: Option<String>,
}

/// A reason that must be given.
pub(super) fn reason(reason: String) -> Result<String, Problem> {
    if reason.trim().is_empty() {
        return Err(Problem::unprocessable("`reason` is empty"));
    }
    Ok(reason)
}

/// An award by hand as it is asked for, or where that cannot be.
pub(super) fn gift(
    learner: LearnerId,
    run: &RunKey,
    revision: u32,
    awarded_at: Option<Timestamp>,
    grade: Option<Ratio>,
    now: DateTime<Utc>,
) -> Result<Gift, Place> {
    let wrong =
        |pointer: &str, detail: &str| Place { pointer: pointer.to_owned(), detail: detail.to_owned() };
    let revision = i32::try_from(revision).ok().filter(|revision| *revision >= 1);
    let awarded_at = awarded_at.map_or(now, Timestamp::get);
    if awarded_at > now {
        return Err(wrong("/awarded_at", "it is in the future"));
    }
    Ok(Gift {
        learner_id: learner.get(),
        run_key: run.to_string(),
        revision: revision.ok_or_else(|| wrong("/revision", "it is no number of a revision"))?,
        awarded_at,
        grade: grade.map(Ratio::get),
    })
}

/// It takes no query parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// Every refusal, as all operations may answer it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum Refusals {
    /// 400 when key, parameter or body is malformed, 401 without a token, 403 when it does not allow this, 404 when there is no
    /// such thing, 409 when it conflicts with what is there, 412 when somebody else has changed it, 422 when it says what cannot
    /// be, 428 when it does not say which version it changes.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Caller(ProblemDocument),
    /// 503 when the database is away or the service too busy: try again.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Service(ProblemDocument),
}
