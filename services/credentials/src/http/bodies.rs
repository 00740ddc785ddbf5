//! Bodies and answers that several operations share.

use lp_http::problem::ProblemDocument;
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

/// Why something is done; a request may also have no body.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// For the audit log; no names of learners.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(super) reason: Option<String>,
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
