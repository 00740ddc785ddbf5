//! What is asked of a report.

use chrono::{Days, NaiveDate, Utc};
use lp_http::Problem;
use lp_progress_store::read::Period;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which learners, and when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The first day of the period, of UTC: of those who were enrolled in it, and of what happened in it. Without it, from the beginning.
    #[param(value_type = Option<NaiveDate>, example = "2026-01-01")]
    from: Option<Day>,
    /// The last day of the period. Without it, until now.
    #[param(value_type = Option<NaiveDate>, example = "2026-12-31")]
    to: Option<Day>,
    /// Days without a fact from which on a learner is inactive.
    #[serde(default)]
    #[param(value_type = u16, required = false, default = 14, minimum = 1, maximum = 3650)]
    pub(super) inactive_days: InactiveDays,
}

impl Asked {
    pub(super) fn period(&self) -> Result<Period, Problem> {
        Self::within(self.from, self.to)
    }

    /// Everything, where no bound is given.
    pub(super) fn within(from: Option<Day>, to: Option<Day>) -> Result<Period, Problem> {
        let (from, to) = (from.map_or(Day::FIRST, Day::get), to.map_or(Day::LAST, Day::get));
        if from > to {
            return Err(Problem::invalid_query("`from` is after `to`"));
        }
        Ok(Period { from, to })
    }
}

/// A day that both calendars and databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NaiveDate")]
pub(super) struct Day(NaiveDate);

impl Day {
    // Both are in every calendar: else this would not compile.
    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    const LAST: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();

    pub(super) fn get(self) -> NaiveDate {
        self.0
    }
}

impl TryFrom<NaiveDate> for Day {
    type Error = &'static str;

    fn try_from(day: NaiveDate) -> Result<Self, Self::Error> {
        if (Self::FIRST..=Self::LAST).contains(&day) {
            Ok(Self(day))
        } else {
            Err("a day of the years 1970 to 9999")
        }
    }
}

/// Days without a fact from which on a learner is inactive: 14 unless asked otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct InactiveDays(pub(super) u16);

impl InactiveDays {
    /// The latest last day of whoever is inactive on `today`.
    pub(super) fn since(self, today: NaiveDate) -> NaiveDate {
        today.checked_sub_days(Days::new(self.0.into())).unwrap_or_default()
    }
}

impl Default for InactiveDays {
    fn default() -> Self {
        Self(14)
    }
}

impl TryFrom<u16> for InactiveDays {
    type Error = &'static str;

    fn try_from(days: u16) -> Result<Self, Self::Error> {
        if (1..=3650).contains(&days) { Ok(Self(days)) } else { Err("1 to 3650 days") }
    }
}

/// The day, of UTC.
pub(super) fn today() -> NaiveDate {
    Utc::now().date_naive()
}
