//! A call: its place under the throttle, its token, its tries, and what is learnt of the LMS from it.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::StatusCode;
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::http::{Answer, Http, Request};
use crate::pace::Pace;
use crate::token::Tokens;
use crate::{Limits, LmsError, Settings, SetupError};

/// The longest wait between two tries, unless the LMS asks for more.
const DELAY_MAX: Duration = Duration::from_secs(10);

/// What a view asks of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    /// A token; counted with all other calls of staff.
    Throttled,
    /// A token; not counted.
    Free,
    /// No token; counted by address, a third of what staff may.
    Anonymous,
}

pub(crate) struct Calls {
    http: Http,
    tokens: Tokens,
    throttled: Pace,
    anonymous: Pace,
    breaker: Breaker,
    limits: Limits,
}

impl Calls {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let (limits, calls) = (settings.limits.clone(), settings.calls_per_minute.get());
        Ok(Self {
            http: Http::new(settings)?,
            tokens: Tokens::new(settings),
            throttled: Pace::new(calls),
            anonymous: Pace::new((calls / 3).max(1)),
            breaker: Breaker::new(limits.breaker_failures, limits.breaker_cool_down),
            limits,
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// When an operation that starts now must have done with waiting.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.limits.patience
    }

    /// Sends a request, and again while that may help.
    pub(crate) async fn send(&self, access: Access, request: &Request) -> Result<Answer, LmsError> {
        let deadline = self.deadline();
        self.retrying(deadline, || self.once(access, request, deadline)).await
    }

    /// Runs `attempt`, and again after failures that may pass, with growing waits, as long as patience lasts.
    pub(crate) async fn retrying<T, F>(
        &self,
        deadline: Instant,
        attempt: impl FnMut() -> F,
    ) -> Result<T, LmsError>
    where
        F: Future<Output = Result<T, LmsError>>,
    {
        let delays = ExponentialBuilder::default()
            .with_min_delay(self.limits.first_delay)
            .with_max_delay(DELAY_MAX)
            .with_max_times(self.limits.retries)
            .with_jitter();
        attempt
            .retry(delays)
            .when(|error| match error {
                LmsError::Throttled { .. } => true,
                LmsError::Unavailable { .. } => self.breaker.wait(Instant::now()).is_none(),
                LmsError::Unauthorized | LmsError::NoBulk | LmsError::Unexpected { .. } => false,
            })
            .adjust(|error, delay| {
                let wait = delay?.max(error.retry_after().unwrap_or_default());
                (Instant::now() + wait <= deadline).then_some(wait)
            })
            .await
    }

    /// Sends a request once, when it may be sent, and a second time if its token is refused.
    pub(crate) async fn once(
        &self,
        access: Access,
        request: &Request,
        deadline: Instant,
    ) -> Result<Answer, LmsError> {
        let closed = |wait| LmsError::Unavailable { retry_after: Some(wait) };
        if let Some(wait) = self.breaker.wait(Instant::now()) {
            return Err(closed(wait));
        }
        let pace = match access {
            Access::Throttled => Some(&self.throttled),
            Access::Anonymous => Some(&self.anonymous),
            Access::Free => None,
        };
        if let Some(pace) = pace {
            pace.slot(deadline).await?;
        }
        self.breaker.admit(Instant::now()).map_err(closed)?;
        let result = match access {
            Access::Anonymous => self.http.send(request, None).await.map_err(|error| hold(pace, error)),
            Access::Throttled | Access::Free => self.with_token(request, pace).await,
        };
        let is_up = !matches!(result, Err(LmsError::Unavailable { .. }));
        self.breaker.note(is_up, Instant::now());
        result
    }

    async fn with_token(&self, request: &Request, pace: Option<&Pace>) -> Result<Answer, LmsError> {
        let mut refused = None;
        // The LMS looks at the token before it counts the call, so the second try needs no place of its own.
        for _ in 0..2 {
            let token = self.tokens.get(&self.http, refused).await?;
            let sent = self.http.send(request, Some(token.authorization)).await;
            let answer = sent.map_err(|error| hold(pace, error))?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            refused = Some(token.number);
        }
        Err(LmsError::Unauthorized)
    }
}

/// Keeps the other calls from asking before the LMS said one may.
fn hold(pace: Option<&Pace>, error: LmsError) -> LmsError {
    if let (Some(pace), LmsError::Throttled { retry_after: Some(wait) }) = (pace, &error) {
        pace.hold(*wait);
    }
    error
}
