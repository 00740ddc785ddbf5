//! Dates as people write them: local, without an instant until a time zone gives them one.

use std::fmt;

use chrono::{Days, Months, NaiveDate, NaiveDateTime, Timelike as _};
use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;
use crate::zone::Zone;

/// The longest period, in years.
pub const MAX_YEARS: u16 = 100;

/// What can be wrong with dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateProblem {
    /// Not an instant that is taken.
    #[error("a date must lie in the years 1970 to 9999")]
    OutOfRange,
    /// Nobody could ever enrol.
    #[error("enrolment must open before it closes")]
    NeverOpen,
    /// It would never come.
    #[error("the run closes before this")]
    AfterClosing,
    /// Nothing, or longer than anybody lives by it.
    #[error("a period must be 1 day to {MAX_YEARS} years")]
    Period,
    /// A day that no year has.
    #[error("no year has this day")]
    NoSuchDay,
}

/// Not a local date or date-time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a local date, such as 2026-01-31, nor a local date-time, such as 2026-01-31T18:00")]
pub struct NoLocalTime(pub String);

/// A local date (`2026-01-31`) or date-time (`2026-01-31T18:00`, seconds if needed), without an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LocalTime {
    /// The whole day.
    Day(NaiveDate),
    /// What clocks show.
    Clock(NaiveDateTime),
}

impl LocalTime {
    /// Reads either form.
    ///
    /// # Errors
    /// When `text` is of neither, or names a leap second.
    pub fn parse(text: &str) -> Result<Self, NoLocalTime> {
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::Day);
        let clock = |format| NaiveDateTime::parse_from_str(text, format).map(Self::Clock);
        day()
            .or_else(|_| clock("%Y-%m-%dT%H:%M"))
            .or_else(|_| clock("%Y-%m-%dT%H:%M:%S"))
            .ok()
            // A leap second has more than a second's nanoseconds.
            .filter(|read| !matches!(read, Self::Clock(clock) if clock.nanosecond() > 0))
            .ok_or_else(|| NoLocalTime(text.to_owned()))
    }

    /// When what begins then begins: a day with its first instant.
    #[must_use]
    pub fn begins(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => zone.day_begins(day),
            Self::Clock(clock) => zone.instant(clock),
        }
    }

    /// When what ends then has ended: a day as the next one begins.
    #[must_use]
    pub fn ends(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => zone.day_ends(day),
            Self::Clock(clock) => zone.instant(clock),
        }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.format("%Y-%m-%d").fmt(f),
            Self::Clock(clock) if clock.second() == 0 => clock.format("%Y-%m-%dT%H:%M").fmt(f),
            Self::Clock(clock) => clock.format("%Y-%m-%dT%H:%M:%S").fmt(f),
        }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = NoLocalTime;

    fn try_from(text: String) -> Result<Self, NoLocalTime> {
        Self::parse(&text)
    }
}

impl From<LocalTime> for String {
    fn from(local: LocalTime) -> Self {
        local.to_string()
    }
}

/// A number of calendar days, weeks, months or years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// So many days.
    Days(u16),
    /// So many weeks.
    Weeks(u16),
    /// So many months.
    Months(u16),
    /// So many years.
    Years(u16),
}

impl Period {
    /// The day that comes this period, taken so many times, after `day`. A month that lacks the day gives its last one: a month
    /// after 31 January is 28 or 29 February, two months are 31 March. Nothing when the calendar ends before.
    #[must_use]
    pub fn after(self, day: NaiveDate, times: u32) -> Option<NaiveDate> {
        let days = |days: u64| day.checked_add_days(Days::new(days * u64::from(times)));
        let months = |months: u32| day.checked_add_months(Months::new(months.checked_mul(times)?));
        match self {
            Self::Days(count) => days(count.into()),
            Self::Weeks(count) => days(7 * u64::from(count)),
            Self::Months(count) => months(count.into()),
            Self::Years(count) => months(12 * u32::from(count)),
        }
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    /// [`DateProblem::Period`] when it is nothing or longer than [`MAX_YEARS`].
    pub fn check(self) -> Result<(), DateProblem> {
        let (count, a_year) = match self {
            Self::Days(count) => (count, 366),
            Self::Weeks(count) => (count, 53),
            Self::Months(count) => (count, 12),
            Self::Years(count) => (count, 1),
        };
        if (1..=a_year * MAX_YEARS).contains(&count) { Ok(()) } else { Err(DateProblem::Period) }
    }
}
