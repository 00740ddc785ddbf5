//! Answers as Django and its REST framework give them.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that ends a request early.
pub(super) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

pub(super) type Answer = Result<Response, Refused>;

pub(super) fn ok(body: Value) -> Response {
    Json(body).into_response()
}

/// A status without a body.
pub(super) fn bare(status: StatusCode) -> Response {
    status.into_response()
}

/// `{"message": …}`, as the enrolment views answer.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "message": text }))).into_response()
}

/// `404` with `{"developer_message": …, "error_code": …}`, as the views of grades and certificates answer.
pub(super) fn missing(error_code: &str) -> Response {
    let body = json!({ "developer_message": "There is no such thing.", "error_code": error_code });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

/// `{"detail": …}`, as the framework answers.
pub(super) fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "detail": text }))).into_response()
}

pub(super) fn unauthorized(text: &str) -> Response {
    ([(header::WWW_AUTHENTICATE, r#"JWT realm="api""#)], detail(StatusCode::UNAUTHORIZED, text))
        .into_response()
}

pub(super) fn forbidden() -> Response {
    detail(StatusCode::FORBIDDEN, "You do not have permission to perform this action.")
}

/// `400` of a serialiser: `{field: [text]}`.
pub(super) fn invalid(field: &str, text: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ (field): [text] }))).into_response()
}

/// The framework's `429`.
pub(super) fn throttled(wait_seconds: i64) -> Response {
    let text = format!("Request was throttled. Expected available in {wait_seconds} seconds.");
    let retry_after = [(header::RETRY_AFTER, wait_seconds.to_string())];
    (retry_after, detail(StatusCode::TOO_MANY_REQUESTS, &text)).into_response()
}

/// A page, as Django answers outside of the framework.
pub(super) fn page(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    (status, Html(format!("<!DOCTYPE html><html><body><h1>{reason}</h1></body></html>"))).into_response()
}
