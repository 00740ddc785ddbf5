//! How long the LMS is left alone after failures.

use std::time::Duration;

use chrono::TimeDelta;
use lp_domain::Timestamp;
use lp_lms_client::LmsError;
use lp_progress_store::StoreError;

use crate::http::now;

/// How long nothing is asked after a failure of which nobody says when it is over; doubled by each in a row.
const FIRST: Duration = Duration::from_secs(5);
/// The longest of these.
const LONGEST: Duration = Duration::from_mins(5);

/// How long nothing is asked after the next failure.
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    /// The LMS answered.
    pub(super) fn answered(&mut self) {
        self.0 = FIRST;
    }

    /// How long to leave the LMS alone.
    pub(super) fn failed(&mut self, error: &LmsError) -> Duration {
        let wait = error.retry_after().unwrap_or(self.0);
        self.0 = (self.0 * 2).min(LONGEST);
        if error.is_transient() {
            tracing::info!(%error, wait_ms = wait.as_millis(), "the LMS is asked again later");
        } else {
            tracing::error!(%error, wait_ms = wait.as_millis(), "the LMS gives no answer of use");
        }
        wait
    }
}

/// So long from now.
pub(super) fn after(wait: Duration) -> Result<Timestamp, StoreError> {
    let at = now()?.get() + TimeDelta::from_std(wait).unwrap_or_default();
    Ok(Timestamp::try_from(at).map_err(sqlx::Error::decode)?)
}
