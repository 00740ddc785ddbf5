//! One request and its answer, held within bounds.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::{RegistryError, Settings};

/// The largest answer that is read: event schemas are some kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What the registry said.
pub(crate) enum Answer {
    Ok(Vec<u8>),
    /// `404` with one of the registry's own codes for things it does not have, not that of a wrong path.
    NotFound,
}

#[derive(Deserialize)]
struct Problem {
    error_code: i64,
}

#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    settings: Settings,
}

impl Http {
    pub(crate) fn new(settings: Settings) -> Result<Self, RegistryError> {
        let client = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            // A redirect could lead the request, and its password, anywhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| RegistryError::Unavailable(error.into()))?;
        Ok(Self { client, settings })
    }

    /// The base URL with segments after whatever path it has (none, or `/apis/ccompat/v7`).
    fn url(&self, segments: &[&str]) -> Result<Url, RegistryError> {
        let mut url = self.settings.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| RegistryError::Rejected { why: "its URL cannot have a path".to_owned() })?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        segments: &[&str],
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, RegistryError> {
        let mut request = self
            .client
            .request(method, self.url(segments)?)
            .header("accept", "application/vnd.schemaregistry.v1+json, application/json");
        if let Some((username, password)) = &self.settings.basic_auth {
            request = request.basic_auth(username, Some(secrecy::ExposeSecret::expose_secret(password)));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/vnd.schemaregistry.v1+json")
                .body(body.to_string());
        }
        let mut response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        let mut body = vec![];
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(RegistryError::Rejected { why: format!("more than {MAX_BODY_BYTES} bytes") });
            }
            body.extend_from_slice(&chunk);
        }
        match status {
            StatusCode::OK => Ok(Answer::Ok(body)),
            StatusCode::NOT_FOUND
                if serde_json::from_slice::<Problem>(&body)
                    .is_ok_and(|problem| (40_400..40_500).contains(&problem.error_code)) =>
            {
                Ok(Answer::NotFound)
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(RegistryError::Unavailable(format!("status {status}").into()))
            }
            _ if status.is_server_error() => {
                Err(RegistryError::Unavailable(format!("status {status}").into()))
            }
            _ => Err(RegistryError::Rejected { why: format!("status {status}") }),
        }
    }
}

/// Without the URL, which may hold a password.
fn unavailable(error: reqwest::Error) -> RegistryError {
    RegistryError::Unavailable(error.without_url().into())
}
