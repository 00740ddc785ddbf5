//! How often the LMS may be called.
//!
//! The LMS counts what it let through in the last minute, so the same is counted here: a bucket that refills, as most
//! limiters have, would let twice as much through in its first minute.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::LmsError;

const SPAN: Duration = Duration::from_mins(1);

/// Lets so many calls a minute through, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Pace {
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
}

impl Pace {
    pub(crate) fn new(limit: u32) -> Self {
        Self { turn: tokio::sync::Mutex::default(), window: Mutex::new(Window::new(limit)) }
    }

    /// Waits for a place, but not past `deadline`. A caller that goes away leaves its place to the next.
    pub(crate) async fn slot(&self, deadline: Instant) -> Result<(), LmsError> {
        let _turn = timeout_at(deadline, self.turn.lock()).await.map_err(|_| self.throttled())?;
        loop {
            let now = Instant::now();
            let Err(ready_at) = self.window().take(now) else {
                return Ok(());
            };
            if ready_at > deadline {
                return Err(self.throttled());
            }
            sleep_until(ready_at).await;
        }
    }

    /// Lets nothing through for so long: the LMS said so.
    pub(crate) fn hold(&self, wait: Duration) {
        self.window().hold(Instant::now() + wait);
    }

    fn throttled(&self) -> LmsError {
        let now = Instant::now();
        let ready_at = self.window().ready_at(now);
        LmsError::Throttled { retry_after: Some(ready_at.saturating_duration_since(now)) }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls of the last minute.
#[derive(Debug)]
struct Window {
    limit: usize,
    taken: VecDeque<Instant>,
    held_until: Option<Instant>,
}

impl Window {
    fn new(limit: u32) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), taken: VecDeque::new(), held_until: None }
    }

    /// Takes a place, or tells when to look for one again.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let ready_at = self.ready_at(now);
        if ready_at > now {
            return Err(ready_at);
        }
        self.taken.push_back(now);
        Ok(())
    }

    fn ready_at(&mut self, now: Instant) -> Instant {
        while self.taken.front().is_some_and(|&oldest| oldest + SPAN <= now) {
            self.taken.pop_front();
        }
        let free_at = match self.taken.front() {
            Some(&oldest) if self.taken.len() >= self.limit => oldest + SPAN,
            _ => now,
        };
        self.held_until.map_or(free_at, |until| until.max(free_at))
    }

    fn hold(&mut self, until: Instant) {
        self.held_until = self.held_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn no_minute_sees_more_calls_than_the_limit() {
        let (mut window, start) = (Window::new(2), Instant::now());
        assert_eq!(window.take(start), Ok(()));
        assert_eq!(window.take(seconds(start, 10)), Ok(()));
        assert_eq!(window.take(seconds(start, 59)), Err(seconds(start, 60)));
        assert_eq!(window.take(seconds(start, 60)), Ok(()));
        assert_eq!(window.take(seconds(start, 61)), Err(seconds(start, 70)));
    }

    #[test]
    fn nothing_goes_through_while_it_is_held_and_a_shorter_hold_does_not_shorten_it() {
        let (mut window, start) = (Window::new(2), Instant::now());
        window.hold(seconds(start, 30));
        window.hold(seconds(start, 20));
        assert_eq!(window.take(start), Err(seconds(start, 30)));
        assert_eq!(window.take(seconds(start, 30)), Ok(()));
    }

    #[tokio::test]
    async fn whoever_would_wait_past_the_deadline_is_told_at_once_and_takes_no_place() {
        let pace = Pace::new(1);
        let deadline = Instant::now() + Duration::from_secs(1);
        assert_eq!(pace.slot(deadline).await, Ok(()));
        for _ in 0..2 {
            let Err(LmsError::Throttled { retry_after: Some(wait) }) = pace.slot(deadline).await else {
                panic!("there is one place a minute");
            };
            assert!(wait > Duration::from_secs(1) && wait <= SPAN);
        }
        assert_eq!(pace.window().taken.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_behind_another_waits_no_longer_than_the_own_deadline() {
        let (pace, start) = (Pace::new(1), Instant::now());
        assert_eq!(pace.slot(start).await, Ok(()));
        let (first, second) = tokio::join!(pace.slot(seconds(start, 90)), async {
            (pace.slot(seconds(start, 5)).await, start.elapsed())
        });
        assert_eq!(first, Ok(()));
        let wait = LmsError::Throttled { retry_after: Some(Duration::from_secs(55)) };
        assert_eq!(second, (Err(wait), Duration::from_secs(5)));
    }
}
