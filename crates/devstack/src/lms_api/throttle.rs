//! Throttles as Django's REST framework keeps them: what was let through in the last minute counts.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Bucket {
    /// All calls of one user to all views with the scope.
    User(i64),
    /// Calls without credentials; all come from one address here.
    Anonymous,
    /// Requests for tokens, by address.
    Token,
}

#[derive(Debug, Default)]
pub(super) struct Throttle(HashMap<Bucket, VecDeque<DateTime<Utc>>>);

impl Throttle {
    /// Lets a call through, or tells the whole seconds to wait.
    pub(super) fn pass(&mut self, bucket: Bucket, limit: usize, now: DateTime<Utc>) -> Result<(), i64> {
        let history = self.0.entry(bucket).or_default();
        while history.front().is_some_and(|&oldest| oldest <= now - WINDOW) {
            history.pop_front();
        }
        if history.len() < limit {
            history.push_back(now);
            return Ok(());
        }
        let wait = history.front().map_or(WINDOW, |&oldest| WINDOW - (now - oldest));
        Err((wait.num_milliseconds() + 999) / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_call_does_not_count_and_the_wait_is_in_whole_seconds() {
        let (mut throttle, start) = (Throttle::default(), Utc::now());
        let at = |ms| start + TimeDelta::milliseconds(ms);
        assert_eq!(throttle.pass(Bucket::User(1), 2, at(0)), Ok(()));
        assert_eq!(throttle.pass(Bucket::User(1), 2, at(1_500)), Ok(()));
        assert_eq!(throttle.pass(Bucket::User(1), 2, at(1_600)), Err(59));
        assert_eq!(throttle.pass(Bucket::User(2), 2, at(1_600)), Ok(()));
        assert_eq!(throttle.pass(Bucket::User(1), 2, at(60_000)), Ok(()));
        assert_eq!(throttle.pass(Bucket::User(1), 2, at(60_001)), Err(2));
    }
}
