//! The service's token: fetched once for all calls, and anew shortly before it expires.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{Body, Http, Request};
use crate::{LmsError, Settings};

const ENDPOINT: &str = "token";
/// How long before its end a token is renewed at the latest.
const MARGIN: Duration = Duration::from_secs(5);
/// At most so much is added to that by chance, lest all replicas renew at once.
const JITTER_MAX: Duration = Duration::from_secs(30);
/// A token is never kept for longer.
const LIFE_MAX: Duration = Duration::from_hours(24);
/// How long no token is asked for after too many requests; the LMS counts by the minute and does not say.
const PAUSE: Duration = Duration::from_mins(1);

/// A token to send.
#[derive(Clone)]
pub(crate) struct Token {
    /// Marked as sensitive: it does not print.
    pub(crate) authorization: HeaderValue,
    /// Which of all tokens it is: two may read the same.
    pub(crate) number: u64,
    renew_at: Instant,
}

pub(crate) struct Tokens {
    client_id: String,
    client_secret: SecretString,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    fetched: u64,
    /// When the last fetch failed, and how.
    failed: Option<(Instant, LmsError)>,
    not_before: Option<Instant>,
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    expires_in: u64,
    token_type: String,
}

impl Tokens {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            state: Mutex::default(),
        }
    }

    /// A token that has not expired and is not the one that the LMS refused. Callers that want one at once share one request,
    /// also when it fails.
    pub(crate) async fn get(&self, http: &Http, refused: Option<u64>) -> Result<Token, LmsError> {
        let asked_at = Instant::now();
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(token) = &state.token
            && token.renew_at > now
            && refused != Some(token.number)
        {
            return Ok(token.clone());
        }
        if let Some((failed_at, error)) = &state.failed
            && *failed_at >= asked_at
        {
            return Err(error.clone());
        }
        if let Some(until) = state.not_before.filter(|&until| until > now) {
            return Err(LmsError::Throttled { retry_after: Some(until - now) });
        }
        match self.fetch(http, state.fetched + 1).await {
            Ok(token) => {
                *state = State { fetched: token.number, token: Some(token.clone()), ..State::default() };
                Ok(token)
            }
            Err(error) => {
                let error = match error {
                    LmsError::Throttled { retry_after } => {
                        let wait = retry_after.unwrap_or(PAUSE);
                        state.not_before = Some(Instant::now() + wait);
                        LmsError::Throttled { retry_after: Some(wait) }
                    }
                    other => other,
                };
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn fetch(&self, http: &Http, number: u64) -> Result<Token, LmsError> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose_secret())
            .append_pair("token_type", "jwt")
            .finish();
        let asked_at = Instant::now();
        let answer =
            http.send(&Request::post(ENDPOINT, "/oauth2/access_token", Body::Form(form)), None).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST if !answer.is_page => return Err(LmsError::Unauthorized),
            _ => return Err(answer.refused()),
        }
        let issued: Issued = answer.json()?;
        if !issued.token_type.eq_ignore_ascii_case("jwt") {
            return Err(answer.unexpected("not a JWT"));
        }
        let mut authorization = HeaderValue::try_from(format!("JWT {}", issued.access_token))
            .map_err(|_| answer.unexpected("not a token for a header"))?;
        authorization.set_sensitive(true);
        let life = Duration::from_secs(issued.expires_in).min(LIFE_MAX);
        let jitter = rand::random_range(Duration::ZERO..=JITTER_MAX.min(life / 10));
        Ok(Token { authorization, number, renew_at: asked_at + life.saturating_sub(MARGIN + jitter) })
    }
}
