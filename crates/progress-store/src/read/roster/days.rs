//! Due dates for a query. A date that is so long after the beginning of an attempt hangs on the local day of the beginning and
//! on nothing else, so a table of days says it exactly as the domain does, by its time zones and not by those of Postgres.

use chrono::{DateTime, Utc};
use lp_domain::{Schedule, Timestamp};

/// More days than any run has had learners; the years that follow are due as the last of these.
const MOST_DAYS: usize = 100_000;

/// For attempts that began at or after `starts[i]`, and before the next: when they are due, and when that is near.
#[derive(Debug, Default)]
pub(super) struct Days {
    pub(super) starts: Vec<DateTime<Utc>>,
    pub(super) dues: Vec<Option<DateTime<Utc>>>,
    pub(super) soons: Vec<Option<DateTime<Utc>>>,
}

impl Days {
    /// Of all attempts that began from `first` to `last`.
    pub(super) fn of(schedule: &Schedule, first: Timestamp, last: Timestamp) -> Self {
        let mut days = Self::default();
        let mut add = |start: Timestamp| {
            days.starts.push(start.get());
            days.dues.push(schedule.due_at(start).map(Timestamp::get));
            days.soons.push(schedule.due_soon_at(start).map(Timestamp::get));
        };
        add(first);
        let Some(mut day) = schedule.time_zone.day(first) else { return days };
        for _ in 0..MOST_DAYS {
            let Some(start) = schedule.time_zone.day_ends(day).filter(|start| *start <= last) else { break };
            add(start);
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        days
    }
}
