//! Requests that change something by a cookie must come from pages that we trust.
//!
//! A page asks for a token at `/csrf/api/v1/token`, as every MFE does, and sends it as `X-CSRFToken`; it must equal the cookie
//! that came with it, which other sites can neither read nor set.

use axum::Json;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{Auth, cookie};
use crate::problem::{Kind, Problem};

const COOKIE: &str = "learning_paths_csrftoken";
const HEADER: &str = "x-csrftoken";

/// Two random UUIDs, in hexadecimal.
const TOKEN_LENGTH: usize = 64;

/// A year, as Django has it.
const MAX_AGE_SECONDS: u32 = 31_449_600;

/// `GET /csrf/api/v1/token`, at the root of the host, where MFEs look for it.
pub(super) fn routes(auth: &Auth) -> Router {
    let secure = auth.0.secure_cookies;
    Router::new().route("/csrf/api/v1/token", get(async move |headers: HeaderMap| token(&headers, secure)))
}

fn token(headers: &HeaderMap, secure: bool) -> Response {
    let known = cookie(headers, COOKIE).filter(|token| is_token(token));
    let token = known
        .map_or_else(|| format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()), ToOwned::to_owned);
    let secure = if secure { "; Secure" } else { "" };
    let set = format!("{COOKIE}={token}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    let mut response = Json(serde_json::json!({ "csrfToken": token })).into_response();
    if let Ok(set) = HeaderValue::from_str(&set) {
        response.headers_mut().insert(header::SET_COOKIE, set);
    }
    response
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Refuses what another site's page could have sent with the learner's cookies.
pub(super) fn check(auth: &Auth, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let failed = |why: &str| Problem::new(Kind::Forbidden).with_detail(format!("CSRF Failed: {why}"));
    if let Some(origin) = headers.get(header::ORIGIN)
        && !auth.0.origins.contains(origin)
        && !is_own(origin, headers)
    {
        return Err(failed("Origin checking failed."));
    }
    let known = cookie(headers, COOKIE).filter(|token| is_token(token));
    let known = known.ok_or_else(|| failed("CSRF cookie not set."))?;
    let sent = headers.get(HEADER).map_or(&[][..], HeaderValue::as_bytes);
    if bool::from(known.as_bytes().ct_eq(sent)) {
        Ok(())
    } else {
        Err(failed("CSRF token missing or incorrect."))
    }
}

/// Whether a page of our own host asks. Its scheme is the proxy's business.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    host.is_some_and(|host| origin.is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)))
}
