//! Extractors that answer malformed requests with problem documents.
//!
//! Types for [`Query`] and [`Json`] carry `#[serde(deny_unknown_fields)]`, so that a misspelt parameter is told
//! and not ignored.

use std::time::Duration;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// How long a large body may take to arrive.
const UPLOAD_DEADLINE: Duration = Duration::from_mins(1);

/// U+0000, which no text of ours may have: Postgres keeps none.
const NUL: &str = "%00";

/// Path parameters.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains(NUL) {
            return Err(Problem::invalid_path("a part of the path has U+0000 in it"));
        }
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status().is_server_error() => Err(Problem::internal(&rejection)),
            Err(_) => Err(Problem::invalid_path("a part of the path is not of the form that it must have")),
        }
    }
}

/// Query parameters. `T` denies unknown fields.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains(NUL)) {
            return Err(Problem::invalid_query("a parameter has U+0000 in it"));
        }
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let source = std::error::Error::source(&rejection);
                Err(Problem::invalid_query(source.map_or_else(|| rejection.to_string(), ToString::to_string)))
            }
        }
    }
}

/// A JSON body, and as an answer the same as [`axum::Json`]. `T` denies unknown fields.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media_type(&request) != "application/json" {
            return Err(Problem::new(Kind::UnsupportedMediaType).with_detail("send application/json"));
        }
        let bytes = whole(request, state, BODY_DEADLINE).await?;
        if has_nul(&bytes) {
            return Err(Problem::new(Kind::InvalidBody).with_detail("a text has U+0000 in it"));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Problem::new(Kind::InvalidBody).with_detail(error.to_string()))
    }
}

impl<T, S> OptionalFromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    /// None without a body.
    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if request.body().is_end_stream() && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// Whether a text of this JSON has U+0000 in it, which can only stand there escaped.
fn has_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[at + 1..];
        if escape.starts_with(b"u0000") {
            return true;
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// A body of any kind, whole.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What it says that it is, without parameters, in lower case; empty when it does not say.
    pub media_type: String,
    /// All of it.
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media_type = media_type(&request);
        Ok(Self { media_type, bytes: whole(request, state, UPLOAD_DEADLINE).await? })
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S, deadline: Duration) -> Result<Bytes, Problem> {
    tokio::time::timeout(deadline, Bytes::from_request(request, state))
        .await
        .map_err(|_| Problem::new(Kind::RequestTimeout))?
        .map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                Problem::new(Kind::BodyTooLarge)
            }
            _ => Problem::new(Kind::InvalidBody).with_detail("the body broke off"),
        })
}

fn media_type(request: &Request) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not() {
        for (json, found) in [
            (r#"{"a": "\u0000"}"#, true),
            (r#"{"a": "\n\u0000"}"#, true),
            (r#"{"\u0000": 1}"#, true),
            (r#"{"a": "\\u0000"}"#, false),
            (r#"{"a": "\\\u0000"}"#, true),
            (r#"{"a": "\u0001 u0000"}"#, false),
            (r#"{"a": "\"#, false),
        ] {
            assert_eq!(has_nul(json.as_bytes()), found, "{json}");
        }
    }
}
