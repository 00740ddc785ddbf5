//! Errors as problem documents (RFC 9457).

use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, one kind a `type` URI `urn:learning-paths:problem:<kind>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: a part of the path is malformed.
    InvalidPath,
    /// 400: a query parameter is unknown, missing or malformed.
    InvalidQuery,
    /// 400: the body is not what the route takes.
    InvalidBody,
    /// 401: no token, or a wrong one.
    Unauthenticated,
    /// 403: not for this caller.
    Forbidden,
    /// 404: no such thing.
    NotFound,
    /// 405: the route has no such method.
    MethodNotAllowed,
    /// 408: the request did not arrive in time.
    RequestTimeout,
    /// 409: it conflicts with what is there.
    Conflict,
    /// 412: it is not as the caller thinks.
    PreconditionFailed,
    /// 413: the body is too large.
    BodyTooLarge,
    /// 414: the address is too long.
    UriTooLong,
    /// 415: not a media type that the route takes.
    UnsupportedMediaType,
    /// 422: well formed, but it says what cannot be.
    Unprocessable,
    /// 428: the caller must say which version it edits.
    PreconditionRequired,
    /// 429: more of this at once than we do.
    TooManyRequests,
    /// 429: more requests a minute than a caller may make.
    RateLimited,
    /// 500: our fault.
    Internal,
    /// 503: more requests than we take at once.
    Overloaded,
    /// 503: something that we depend on is away, or too slow.
    Unavailable,
}

impl Kind {
    /// The last part of the `type` URI.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.parts().0
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.parts().1
    }

    fn parts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidPath => ("invalid-path", StatusCode::BAD_REQUEST, "The path is malformed"),
            Self::InvalidQuery => ("invalid-query", StatusCode::BAD_REQUEST, "The query is malformed"),
            Self::InvalidBody => ("invalid-body", StatusCode::BAD_REQUEST, "The body is malformed"),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "A valid token is needed"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "No such method here")
            }
            Self::RequestTimeout => {
                ("request-timeout", StatusCode::REQUEST_TIMEOUT, "The request came too slowly")
            }
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "It conflicts with what is there"),
            Self::PreconditionFailed => {
                ("precondition-failed", StatusCode::PRECONDITION_FAILED, "It has changed in the meantime")
            }
            Self::Unprocessable => {
                ("unprocessable", StatusCode::UNPROCESSABLE_ENTITY, "It cannot be done as asked")
            }
            Self::PreconditionRequired => (
                "precondition-required",
                StatusCode::PRECONDITION_REQUIRED,
                "Say which version is to be changed",
            ),
            Self::BodyTooLarge => ("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UriTooLong => ("uri-too-long", StatusCode::URI_TOO_LONG, "The address is too long"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a media type taken here")
            }
            Self::TooManyRequests => {
                ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many of these at once")
            }
            Self::RateLimited => {
                ("rate-limited", StatusCode::TOO_MANY_REQUESTS, "Too many requests: slow down")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
            Self::Overloaded => ("overloaded", StatusCode::SERVICE_UNAVAILABLE, "Too many requests at once"),
            Self::Unavailable => {
                ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Temporarily not available")
            }
        }
    }
}

/// One problem, answered as `application/problem+json`. A 5xx never carries a detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<Place>,
}

/// One of several things that are wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// RFC 6901 pointer into what was sent.
    #[schema(example = "/requirement/all_of/1")]
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// The shape of a problem on the wire, for OpenAPI documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:learning-paths:problem:<kind>`.
    #[serde(rename = "type")]
    #[schema(example = "urn:learning-paths:problem:not-found")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What was wrong with this request; never with a 5xx.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Everything that was wrong, where there may be several such things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Place>,
}

impl Problem {
    /// A problem without further words.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new() }
    }

    /// Adds what was wrong with this request. It is dropped for a 5xx.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        if !self.kind.status().is_server_error() {
            self.detail = Some(detail.into());
        }
        self
    }

    /// Adds everything that was wrong, with its places.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Place>) -> Self {
        self.errors = errors;
        self
    }

    /// 404 with a detail (`"no such run"`).
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound).with_detail(detail)
    }

    /// 400 for a malformed part of the path.
    #[must_use]
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidPath).with_detail(detail)
    }

    /// 400 for a malformed query parameter.
    #[must_use]
    pub fn invalid_query(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidQuery).with_detail(detail)
    }

    /// 422 for what is well formed and cannot be.
    #[must_use]
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unprocessable).with_detail(detail)
    }

    /// 500; the error and its sources go to the log, not to the caller.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "request failed");
        Self::new(Kind::Internal)
    }

    /// 503 for a dependency that is away; the error and its sources go to the log, not to the caller.
    #[must_use]
    pub fn unavailable(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::warn!(error = %Chain(error), "a dependency is not available");
        Self::new(Kind::Unavailable)
    }

    /// 503 when the database is away or too busy, 500 when it refuses what we ask.
    #[must_use]
    pub fn database(error: &sqlx::Error) -> Self {
        if lp_postgres::is_away(error) { Self::unavailable(error) } else { Self::internal(error) }
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// An error and its sources in one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (name, status, title) = self.kind.parts();
        let document = ProblemDocument {
            kind: format!("urn:learning-paths:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        };
        let mut response = (status, axum::Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.kind {
            Kind::Overloaded => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Kind::Unavailable | Kind::TooManyRequests => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Kind::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("JWT realm=\"api\""));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn body(problem: Problem) -> serde_json::Value {
        let bytes = problem.into_response().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_has_type_title_status_and_detail() {
        assert_eq!(
            body(Problem::not_found("no such run")).await,
            serde_json::json!({
                "type": "urn:learning-paths:problem:not-found", "title": "Not found", "status": 404,
                "detail": "no such run",
            })
        );
    }

    #[tokio::test]
    async fn a_server_error_carries_no_detail() {
        let error = std::io::Error::other("password is hunter2");
        let document = body(Problem::internal(&error)).await;
        assert_eq!(document.get("detail"), None);
        assert_eq!(document["status"], 500);
        let document = body(Problem::new(Kind::Unavailable).with_detail("the database at 10.0.0.1")).await;
        assert_eq!(document.get("detail"), None);
    }

    #[test]
    fn every_answer_is_problem_json() {
        let response = Problem::new(Kind::Overloaded).into_response();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
