//! Edits that know what they edit (RFC 9110, section 13): versions as strong entity tags. Requests that know whether they were sent
//! before.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::problem::{Kind, Problem};

/// The longest idempotency key, in bytes.
const MAX_KEY: usize = 255;

/// The `Idempotency-Key`, by which a request that is sent again is known.
///
/// # Errors
/// 400 when it is none, or there are two.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all("idempotency-key").iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => {
            let key = key.to_str().ok().filter(|key| (1..=MAX_KEY).contains(&key.len()));
            let wrong = || Problem::invalid_query("an Idempotency-Key has 1 to 255 visible ASCII characters");
            key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
        }
        _ => Err(Problem::invalid_query("there are two Idempotency-Keys")),
    }
}

/// Of a key that was used for something else.
#[must_use]
pub fn other_request() -> Problem {
    Problem::unprocessable("this Idempotency-Key was used for another request")
}

/// The `ETag` of a version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version that `If-Match` names.
///
/// # Errors
/// 428 without the header, 412 when it names no version of ours.
pub fn if_match(headers: &HeaderMap) -> Result<i64, Problem> {
    let required = || {
        Problem::new(Kind::PreconditionRequired)
            .with_detail("send the ETag of what you edit as If-Match, so that nobody's edit is lost")
    };
    version(only(headers, header::IF_MATCH)?.ok_or_else(required)?)
}

/// The version that `If-Match` names, or none for `If-None-Match: *`, which makes something only where nothing is.
///
/// # Errors
/// 428 without either header, 412 when they name no version of ours.
pub fn if_match_or_none(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    match (only(headers, header::IF_MATCH)?, only(headers, header::IF_NONE_MATCH)?) {
        (Some(tag), None) => version(tag).map(Some),
        (None, Some(any)) if any.as_bytes() == b"*" => Ok(None),
        _ => Err(Problem::new(Kind::PreconditionRequired)
            .with_detail("send either If-Match with the ETag of what you replace, or If-None-Match: *")),
    }
}

fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Problem::new(Kind::PreconditionFailed)),
    }
}

fn version(tag: &HeaderValue) -> Result<i64, Problem> {
    let text = tag.to_str().ok();
    let version = text.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    // Of the spellings of a number only ours.
    version
        .filter(|version| text == Some(&etag(*version)))
        .ok_or_else(|| Problem::new(Kind::PreconditionFailed))
}
