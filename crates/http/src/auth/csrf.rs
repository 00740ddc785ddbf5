//! Requests that change something by a cookie must come from pages that we trust.
//!
//! A page asks for a token at `/csrf/api/v1/token`, as every MFE does, and sends it as `X-CSRFToken`; it must equal the cookie
//! that came with it, which other sites can neither read nor set. Routed on the LMS's own host, the page has asked the LMS: then
//! the token is Django's, masked anew for each page, and what is beneath the mask must equal the LMS's cookie.

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

/// Django's cookie at the LMS (`CSRF_COOKIE_NAME`).
const LMS_COOKIE: &str = "csrftoken";

/// The length of Django's secret; of a masked one the mask stands before it.
const SECRET_LENGTH: usize = 32;

/// How many characters Django's secrets are of.
const ALPHABET: u8 = 62;

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
    let sent = headers.get(HEADER).map_or(&[][..], HeaderValue::as_bytes);
    let ours = cookie(headers, COOKIE).filter(|token| is_token(token));
    let ours = ours.map(|known| bool::from(known.as_bytes().ct_eq(sent)));
    let of_lms = cookie(headers, LMS_COOKIE).and_then(|token| unmasked(token.as_bytes()));
    let of_lms = of_lms.map(|known| unmasked(sent).is_some_and(|sent| bool::from(known.ct_eq(&sent))));
    match (ours, of_lms) {
        (Some(true), _) | (_, Some(true)) => Ok(()),
        (None, None) => Err(failed("CSRF cookie not set.")),
        _ => Err(failed("CSRF token missing or incorrect.")),
    }
}

/// Django's secret, as places in its alphabet, of a token with or without a mask.
fn unmasked(token: &[u8]) -> Option<Vec<u8>> {
    let places: Vec<u8> = token.iter().map(|byte| place(*byte)).collect::<Option<_>>()?;
    match places.len() {
        SECRET_LENGTH => Some(places),
        length if length == 2 * SECRET_LENGTH => {
            let (mask, cipher) = places.split_at(SECRET_LENGTH);
            Some(
                cipher.iter().zip(mask).map(|(cipher, mask)| (cipher + ALPHABET - mask) % ALPHABET).collect(),
            )
        }
        _ => None,
    }
}

/// The place of a character in Django's alphabet: small letters, capitals, digits.
fn place(byte: u8) -> Option<u8> {
    match byte {
        b'a'..=b'z' => Some(byte - b'a'),
        b'A'..=b'Z' => Some(byte - b'A' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        _ => None,
    }
}

/// Whether a page of our own host asks. Its scheme is the proxy's business.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    host.is_some_and(|host| origin.is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Django 5.2: the secret of a cookie, and two tokens of it.
    const SECRET: &str = "cW1MZ2p0VD5LFBg3yIPceHai0uQYP22I";
    const MASKED: [&str; 2] = [
        "YPGK6LWkk2ayDWUYk1TLB622N6Esl2pu0BxmVDba5v598n0RIzyNFD2aDqkg0Uh2",
        "eF6ic7s1QYOQCwqeavlESVt1OlH8nchUgrXU1ZHRBrJr7Xw7y30GWst9EFnW249s",
    ];

    fn headers(cookie: &str, sent: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers.insert(HEADER, HeaderValue::from_str(sent).unwrap());
        headers
    }

    #[test]
    fn trap_9_a_token_that_the_lms_masked_is_that_of_its_cookie() {
        let check =
            |cookie: &str, sent: &str| check(&Auth::open(), &Method::POST, &headers(cookie, sent)).is_ok();
        let cookie = format!("{LMS_COOKIE}={SECRET}");
        for sent in [SECRET, MASKED[0], MASKED[1]] {
            assert!(check(&cookie, sent), "{sent}");
            assert!(
                check(&format!("{LMS_COOKIE}={}", MASKED[0]), sent),
                "older cookies are masked too: {sent}"
            );
        }
        let mut other = MASKED[0].to_owned();
        other.replace_range(..1, if other.starts_with('a') { "b" } else { "a" });
        for sent in [other.as_str(), "", "x", &MASKED[0][1..]] {
            assert!(!check(&cookie, sent), "{sent}");
        }
        assert!(!check("other=1", MASKED[0]));
    }
}
