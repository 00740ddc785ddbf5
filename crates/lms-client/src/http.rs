//! One request and its answer, held within bounds.

use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::counter;
use opaque_keys::CourseKey;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{LmsError, Settings, SetupError};

/// The largest answer that is read: the largest asked for, of bulk enrolment, is below 200 kB.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Longer waits that an LMS may ask for are taken for this.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// The LMS's monitoring knows callers only by three parts of which the second names its own client.
const USER_AGENT: &str =
    concat!("lp-lms-client/", env!("CARGO_PKG_VERSION"), " edx-rest-api-client/7.1.0 learning-paths");

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request {
    /// The name in metrics and errors.
    pub(crate) endpoint: &'static str,
    pub(crate) method: Method,
    /// Below the base URL, with a slash in front, encoded.
    pub(crate) path: String,
    /// Not encoded yet.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// Instead of the usual time limit.
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug)]
pub(crate) enum Body {
    None,
    Json(serde_json::Value),
    /// Form-encoded already.
    Form(String),
}

impl Request {
    pub(crate) fn get(endpoint: &'static str, path: impl Into<String>) -> Self {
        Self {
            endpoint,
            method: Method::GET,
            path: path.into(),
            query: vec![],
            body: Body::None,
            timeout: None,
        }
    }

    pub(crate) fn post(endpoint: &'static str, path: &str, body: Body) -> Self {
        Self { method: Method::POST, body, ..Self::get(endpoint, path) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.query.push((name, value));
        self
    }
}

/// What the LMS said: neither a server error nor a redirect, nor that there were too many calls.
pub(crate) struct Answer {
    pub(crate) endpoint: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Whether it is a page, as the LMS gives where it has no such route, and proxies give anywhere.
    pub(crate) is_page: bool,
    /// The moment before it was asked for.
    pub(crate) asked_at: DateTime<Utc>,
}

impl Answer {
    /// The body as what was asked for.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, LmsError> {
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected("not the JSON that was asked for"))
    }

    /// The error of an answer that nothing is known to do with.
    pub(crate) fn refused(&self) -> LmsError {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => LmsError::Unauthorized,
            // The views say so to those who are not staff.
            StatusCode::NOT_FOUND if !self.is_page => LmsError::Unauthorized,
            _ => self.unexpected("not a status that was asked for"),
        }
    }

    /// The `error_code` of a `404` that says what is missing, as the views of grades and certificates do.
    pub(crate) fn missing(&self) -> Result<String, LmsError> {
        #[derive(Deserialize)]
        struct Missing {
            error_code: String,
        }
        let missing: Missing = self.json()?;
        Ok(missing.error_code)
    }

    pub(crate) fn unexpected(&self, why: &'static str) -> LmsError {
        LmsError::Unexpected { endpoint: self.endpoint, status: self.status.as_u16(), why }
    }
}

/// Whether an answer's learner and course are those that were asked for; the case of names does not count.
pub(crate) fn is_of((username, course): (&str, &str), asked: (&str, &CourseKey)) -> bool {
    username.to_lowercase() == asked.0.to_lowercase() && course == asked.1.as_str()
}

#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    base_url: Url,
}

impl Http {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let mut base_url = settings.base_url.clone();
        let is_http = matches!(base_url.scheme(), "http" | "https");
        if !is_http || base_url.set_username("").is_err() || base_url.set_password(None).is_err() {
            return Err(SetupError::Url);
        }
        base_url.set_query(None);
        base_url.set_fragment(None);
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            // A redirect could lead the request, and its token, anywhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(SetupError::Http)?;
        Ok(Self { client, base_url })
    }

    /// Sends a request once.
    pub(crate) async fn send(
        &self,
        request: &Request,
        authorization: Option<HeaderValue>,
    ) -> Result<Answer, LmsError> {
        let prepared = self.prepare(request, authorization);
        let asked_at = Utc::now();
        let response = prepared.send().await;
        let status = response.as_ref().map_or("none", |response| class(response.status()));
        counter!("lp_lms_requests_total", "endpoint" => request.endpoint, "status" => status).increment(1);
        let response = response.map_err(|error| unanswered(request.endpoint, error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(LmsError::Throttled { retry_after });
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            tracing::warn!(endpoint = request.endpoint, status = status.as_u16(), "the LMS failed");
            return Err(LmsError::Unavailable { retry_after });
        }
        let answer = read(request.endpoint, asked_at, response).await?;
        if status.is_redirection() {
            return Err(answer.unexpected("a redirect"));
        }
        Ok(answer)
    }

    fn prepare(&self, request: &Request, authorization: Option<HeaderValue>) -> reqwest::RequestBuilder {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{}", self.base_url.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut prepared =
            self.client.request(request.method.clone(), url).header(ACCEPT, "application/json");
        if let Some(authorization) = authorization {
            prepared = prepared.header(AUTHORIZATION, authorization);
        }
        if let Some(timeout) = request.timeout {
            prepared = prepared.timeout(timeout);
        }
        match &request.body {
            Body::None => prepared,
            Body::Json(body) => prepared.json(body),
            Body::Form(body) => {
                prepared.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.clone())
            }
        }
    }
}

async fn read(
    endpoint: &'static str,
    asked_at: DateTime<Utc>,
    mut response: Response,
) -> Result<Answer, LmsError> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
    let mut answer = Answer { endpoint, status: response.status(), body: vec![], is_page, asked_at };
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(endpoint, error))? {
        if answer.body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(answer.unexpected("too large"));
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// Logged without the URL, which holds names.
fn unanswered(endpoint: &'static str, error: reqwest::Error) -> LmsError {
    let error = error.without_url();
    tracing::warn!(endpoint, error = &error as &dyn std::error::Error, "the LMS did not answer");
    LmsError::Unavailable { retry_after: None }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "429",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500..600 => "5xx",
        _ => "other",
    }
}

/// Seconds, or a date of HTTP.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let at = DateTime::parse_from_rfc2822(value).ok()?;
        // What lies in the past is no wait.
        (at.to_utc() - Utc::now()).to_std().unwrap_or_default()
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_from_seconds_and_dates_up_to_an_hour() {
        let wait = |value: &'static str| {
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]))
        };
        assert_eq!(wait("30"), Some(Duration::from_secs(30)));
        assert_eq!(wait("86400"), Some(RETRY_AFTER_MAX));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("Fri, 31 Dec 2100 23:59:59 GMT"), Some(RETRY_AFTER_MAX));
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
