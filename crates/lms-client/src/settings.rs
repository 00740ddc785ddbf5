use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// Where the LMS is, as whom to ask it, and how often.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its URL, as the services reach it. A path is kept, a name and a password are not.
    pub base_url: Url,
    /// The OAuth application with grant `client-credentials`; its owner must be staff.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// The most throttled calls a minute from this process. The LMS takes 120 of one staff user for all views and replicas
    /// together: with several replicas, a share each.
    pub calls_per_minute: NonZeroU32,
    /// How long one request may take.
    pub timeout: Duration,
    /// What seldom needs to be set.
    pub limits: Limits,
}

impl Settings {
    /// 100 throttled calls a minute.
    pub const CALLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(100).unwrap();
    /// 10 s a request.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// The usual settings for an LMS and an application of it.
    #[must_use]
    pub fn new(base_url: Url, client_id: String, client_secret: SecretString) -> Self {
        Self {
            base_url,
            client_id,
            client_secret,
            calls_per_minute: Self::CALLS_PER_MINUTE,
            timeout: Self::TIMEOUT,
            limits: Limits::default(),
        }
    }
}

/// How long to wait, how often to try, and when to stop.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long one operation may wait in all: for its turn under the throttle, for `Retry-After`, between tries. What would
    /// take longer fails at once. The requests' own time comes on top. 75 s, so that a lone call always gets its turn.
    pub patience: Duration,
    /// How often a failed request is tried over, bulk enrolment excepted; 2.
    pub retries: usize,
    /// The wait before the first retry, doubled by each, with jitter; 250 ms.
    pub first_delay: Duration,
    /// After how many failures in a row requests are no longer sent; 5.
    pub breaker_failures: NonZeroU32,
    /// How long they are not sent, before one is let through to see; 30 s.
    pub breaker_cool_down: Duration,
    /// How long a request for bulk enrolment may take: the LMS answers when all is done; 60 s.
    pub bulk_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(75),
            retries: 2,
            first_delay: Duration::from_millis(250),
            breaker_failures: const { NonZeroU32::new(5).unwrap() },
            breaker_cool_down: Duration::from_secs(30),
            bulk_timeout: Duration::from_mins(1),
        }
    }
}
