//! What happened day by day, and who may be at risk.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use lp_progress_store::read::{Count, Measure};
use serde::Serialize;
use utoipa::ToSchema;

use super::min_group::MinGroup;

/// What happened on a day of UTC. A count that is hidden is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct TrendDay {
    /// Which.
    day: NaiveDate,
    /// Learners whose present attempt began.
    enrolled: Option<i64>,
    /// Learners who started: the day of the earliest fact that is known of them, or of the enrolment if that is later.
    started: Option<i64>,
    /// Learners who completed: the day of the fact that completed it, or of the enrolment if that is later.
    completed: Option<i64>,
}

/// The longest trend, in days.
const LONGEST: u64 = 366;

pub(super) const TREND: [Measure; 3] = [Measure::Enrolled, Measure::StartedOn, Measure::CompletedOn];

/// The days on which something happened, of the last 366 up to `to`.
pub(super) fn trend(counts: &[Count], to: NaiveDate, min_group: MinGroup) -> Vec<TrendDay> {
    let from = to.checked_sub_days(Days::new(LONGEST - 1)).unwrap_or(NaiveDate::MIN);
    let mut days: BTreeMap<NaiveDate, [i64; 3]> = BTreeMap::new();
    for count in counts {
        let series = TREND.iter().position(|measure| *measure == count.measure);
        let day = count.day.filter(|day| (from..=to).contains(day));
        if let (Some(series), Some(day)) = (series, day) {
            days.entry(day).or_default()[series] += count.learners;
        }
    }
    let series = |at: usize| min_group.parts(&days.values().map(|of_day| of_day[at]).collect::<Vec<_>>());
    let (enrolled, started, completed) = (series(0), series(1), series(2));
    days.keys()
        .zip(enrolled)
        .zip(started.into_iter().zip(completed))
        .map(|((day, enrolled), (started, completed))| TrendDay { day: *day, enrolled, started, completed })
        .collect()
}

/// Learners who may not finish: of those who are active now in runs that have not closed, and have not completed them; of whatever
/// period. A count that is hidden is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct AtRiskCounts {
    /// Who is late, inactive, or both.
    learners: Option<i64>,
    /// Who is past the due date.
    late: Option<i64>,
    /// Of whom no fact is dated in the last `inactive_days` days, nor the beginning of their attempt.
    inactive: Option<i64>,
    /// Who is both.
    both: Option<i64>,
    /// Of how many.
    open: Option<i64>,
    /// Days without a fact from which on a learner is inactive.
    inactive_days: u16,
}

impl AtRiskCounts {
    /// `since` is the latest last day of the inactive.
    pub(super) fn of(counts: &[Count], since: NaiveDate, inactive_days: u16, min_group: MinGroup) -> Self {
        // Only late, only inactive, both, neither.
        let mut parts = [0_i64; 4];
        for count in counts.iter().filter(|count| count.measure == Measure::Open) {
            let (late, inactive) = (count.point == 1, count.day.is_some_and(|day| day <= since));
            let part = match (late, inactive) {
                (true, false) => 0,
                (false, true) => 1,
                (true, true) => 2,
                (false, false) => 3,
            };
            parts[part] += count.learners;
        }
        let open: i64 = parts.iter().sum();
        let shown = if min_group.hides(open) { vec![None; 4] } else { min_group.parts(&parts) };
        let sum = |places: [usize; 2]| -> Option<i64> {
            places.into_iter().map(|at| shown.get(at).copied().flatten()).sum()
        };
        Self {
            learners: shown.get(3).copied().flatten().map(|neither| open - neither),
            late: sum([0, 2]),
            inactive: sum([1, 2]),
            both: shown.get(2).copied().flatten(),
            open: Some(open).filter(|open| !min_group.hides(*open)),
            inactive_days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(of: u32) -> NaiveDate {
        NaiveDate::from_yo_opt(2026, of).unwrap()
    }

    fn count(measure: Measure, day: NaiveDate, point: i32, learners: i64) -> Count {
        Count { part: 0, measure, day: Some(day), point, learners }
    }

    #[test]
    fn a_trend_has_the_days_on_which_something_happened_and_not_more_than_a_year() {
        let counts = [
            count(Measure::Enrolled, day(1), 0, 7),
            count(Measure::Enrolled, day(1), 2, 1),
            count(Measure::CompletedOn, day(3), 0, 2),
            count(Measure::StartedOn, NaiveDate::from_yo_opt(2024, 1).unwrap(), 0, 9),
        ];
        let line = |of, counts: [Option<i64>; 3]| TrendDay {
            day: day(of),
            enrolled: counts[0],
            started: counts[1],
            completed: counts[2],
        };
        let expected = [line(1, [Some(8), Some(0), Some(0)]), line(3, [Some(0), Some(0), Some(2)])];
        assert_eq!(trend(&counts, day(60), MinGroup::default()), expected);
        assert_eq!(trend(&counts, day(60), MinGroup::new(5))[1].completed, None);
    }

    #[test]
    fn those_at_risk_are_late_inactive_or_both() {
        let counts = [
            count(Measure::Open, day(1), 1, 10),
            count(Measure::Open, day(2), 0, 20),
            count(Measure::Open, day(3), 1, 40),
            count(Measure::Open, day(3), 0, 80),
        ];
        let found = AtRiskCounts::of(&counts, day(2), 14, MinGroup::default());
        let expected = AtRiskCounts {
            learners: Some(70),
            late: Some(50),
            inactive: Some(30),
            both: Some(10),
            open: Some(150),
            inactive_days: 14,
        };
        assert_eq!(found, expected);
        let hidden = AtRiskCounts::of(&counts, day(2), 14, MinGroup::new(15));
        assert_eq!(
            (hidden.late, hidden.inactive, hidden.both, hidden.learners),
            (None, None, None, Some(70))
        );
    }
}
