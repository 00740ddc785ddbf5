//! Why something cannot be had, in the plugin's words.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lp_http::Problem;
use lp_progress_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// An error of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Detail {
    /// What is wrong.
    #[schema(example = "No LearningPath matches the given query.")]
    detail: String,
}

/// Why a request is not granted.
#[derive(Debug)]
pub(crate) enum Refused {
    /// In the plugin's words.
    Said(StatusCode, String),
    /// In those of the house; what lies around the router says it in the plugin's.
    Problem(Problem),
}

impl Refused {
    pub(crate) fn not_found(detail: &str) -> Self {
        Self::Said(StatusCode::NOT_FOUND, detail.to_owned())
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::Said(StatusCode::BAD_REQUEST, detail.into())
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::Said(StatusCode::CONFLICT, detail.into())
    }

    /// There is no such path, or none that the caller sees.
    pub(crate) fn no_path() -> Self {
        Self::not_found("No LearningPath matches the given query.")
    }

    /// What the key says is no key.
    pub(crate) fn no_key() -> Self {
        Self::not_found("Invalid learning path key format.")
    }

    pub(crate) fn no_user() -> Self {
        Self::not_found("No User matches the given query.")
    }

    pub(crate) fn no_enrolment() -> Self {
        Self::not_found("No LearningPathEnrollment matches the given query.")
    }

    pub(crate) fn forbidden() -> Self {
        Self::Problem(Problem::new(lp_http::Kind::Forbidden))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Problem(match error {
            StoreError::Database(error) => Problem::database(&error),
            error => Problem::internal(&error),
        })
    }
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Problem(Problem::database(&error))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Said(status, detail) => (status, axum::Json(Detail { detail })).into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}
