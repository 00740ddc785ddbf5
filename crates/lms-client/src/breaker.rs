//! Stops asking an LMS that is down, and lets one request through now and then to see.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Breaker {
    failures_max: u32,
    cool_down: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    pub(crate) fn new(failures_max: NonZeroU32, cool_down: Duration) -> Self {
        Self { failures_max: failures_max.get(), cool_down, state: Mutex::default() }
    }

    /// How long nothing is to be asked; `None` when a request may go.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let until = self.state().open_until?;
        (now < until).then(|| until - now)
    }

    /// Lets a request go, or tells how long none may. Of those that come after the cool-down the first goes, and the others wait
    /// for another: should the first never tell how it ended, the next goes after that.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        match state.open_until {
            Some(until) if now < until => Err(until - now),
            Some(_) => {
                state.open_until = Some(now + self.cool_down);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes whether the LMS answered.
    pub(crate) fn note(&self, is_up: bool, now: Instant) {
        let mut state = self.state();
        let was_open = state.open_until.is_some();
        if is_up {
            *state = State::default();
            if was_open {
                tracing::info!("the LMS answers again");
            }
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= self.failures_max {
                state.open_until = Some(now + self.cool_down);
                if !was_open {
                    tracing::warn!(
                        failures = state.failures,
                        "the LMS does not answer; no calls for a while"
                    );
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOL_DOWN: Duration = Duration::from_secs(30);

    fn open(now: Instant) -> Breaker {
        let breaker = Breaker::new(NonZeroU32::new(2).unwrap(), COOL_DOWN);
        breaker.note(false, now);
        assert_eq!(breaker.admit(now), Ok(()));
        breaker.note(false, now);
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let (breaker, now) = (Breaker::new(NonZeroU32::new(2).unwrap(), COOL_DOWN), Instant::now());
        for is_up in [false, true, false, true, false] {
            breaker.note(is_up, now);
        }
        assert_eq!(breaker.admit(now), Ok(()));
        breaker.note(false, now);
        assert_eq!(breaker.admit(now), Err(COOL_DOWN));
        assert_eq!(breaker.wait(now), Some(COOL_DOWN));
    }

    #[test]
    fn after_the_cool_down_one_request_goes_and_an_answer_closes_it() {
        let start = Instant::now();
        let (breaker, later) = (open(start), start + COOL_DOWN);
        assert_eq!(breaker.admit(later), Ok(()));
        assert_eq!(breaker.admit(later), Err(COOL_DOWN));
        breaker.note(true, later);
        assert_eq!(breaker.admit(later), Ok(()));
        assert_eq!(breaker.admit(later), Ok(()));
    }

    #[test]
    fn a_probe_that_fails_opens_it_anew_and_one_that_is_never_heard_of_again_holds_up_nobody() {
        let start = Instant::now();
        let breaker = open(start);
        assert_eq!(breaker.admit(start + COOL_DOWN), Ok(()));
        breaker.note(false, start + COOL_DOWN);
        assert_eq!(breaker.admit(start + COOL_DOWN), Err(COOL_DOWN));
        assert_eq!(breaker.admit(start + 2 * COOL_DOWN), Ok(()));
        assert_eq!(breaker.admit(start + 3 * COOL_DOWN), Ok(()));
    }
}
