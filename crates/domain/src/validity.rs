//! How long an award is valid, and which work renews it.
//!
//! Periods are counted from a completion: the first begins with it, each ends as the next begins. Whoever wants to hold the award
//! again meets the requirement by facts inside one window. Nothing is ever reset at source: the same facts are judged
//! between other bounds.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::Problem;
use crate::ids::Timestamp;
use crate::local::{DateProblem, LocalTime, Period};
use crate::read;
use crate::zone::Zone;

/// How long the awards of a run are valid.
///
/// Call [`Validity::check`] before: an end outside the years that a [`Timestamp`] takes counts as none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Validity {
    /// Where the days are local at whose end an award expires; `UTC` unless said otherwise.
    pub time_zone: Zone,
    /// How long.
    pub lasts: Lasts,
    /// No award is valid before; a date means its beginning. The path is completed at once all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "2026-06-30"))]
    pub available_from: Option<LocalTime>,
}

/// How long an award is valid: always to the end of a local day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lasts {
    /// It never expires.
    #[default]
    Forever,
    /// For a period that is counted from the day of the completion.
    For {
        /// How long.
        period: Period,
        /// Which work renews it.
        #[serde(default)]
        renewed: Renewed,
    },
    /// To the end of this day, every year; 29 February means 28 February in other years. It is renewed after that.
    UntilEach {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// To the end of this day, for everybody, and is not renewed.
    Until(NaiveDate),
}

/// Which work renews an award that is valid for a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Renewed {
    /// Work since the completion, before the award expires. The renewed award is valid from the new completion, from which
    /// periods are counted anew.
    #[default]
    FromCompletion,
    /// Work since the award expired. Periods stay counted from the first completion, however late the renewal.
    FromExpiry,
}

/// A stretch of time: facts dated inside it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant of it.
    pub begins: Timestamp,
    /// The first instant after it.
    pub ends: Timestamp,
}

impl Window {
    /// Whether a fact of this date counts.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.begins <= at && at < self.ends
    }
}

impl Validity {
    /// Reads a validity that may be used: its JSON is right, and it passes [`Validity::check`].
    ///
    /// # Errors
    /// All problems, each with its RFC 6901 pointer into `value`.
    pub fn read(value: Value) -> Result<Self, Vec<Problem>> {
        let validity: Self = read::fields(value)?;
        validity.check().map(|()| validity)
    }

    /// Says why this must not be used.
    ///
    /// # Errors
    /// The problem, with its RFC 6901 pointer.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let available = self.available_from.map(|from| from.begins(&self.time_zone));
        let (pointer, problem) = match self.lasts {
            _ if available == Some(None) => ("/available_from", Some(DateProblem::OutOfRange)),
            Lasts::Forever => return Ok(()),
            Lasts::For { period, .. } => ("/lasts/for/period", period.check().err()),
            Lasts::UntilEach { month, day } => {
                // A leap year has every day that any year has.
                let exists = NaiveDate::from_ymd_opt(2000, month.into(), day.into()).is_some();
                ("/lasts/until_each", (!exists).then_some(DateProblem::NoSuchDay))
            }
            Lasts::Until(day) => {
                let taken = self.time_zone.day_ends(day).is_some();
                ("/lasts/until", (!taken).then_some(DateProblem::OutOfRange))
            }
        };
        problem.map_or(Ok(()), |kind| Err(vec![Problem { pointer: pointer.to_owned(), kind: kind.into() }]))
    }

    /// The first instant at which the award for this completion is valid.
    #[must_use]
    pub fn valid_from(&self, completed_at: Timestamp) -> Timestamp {
        let available = self.available_from.and_then(|from| from.begins(&self.time_zone));
        available.map_or(completed_at, |from| from.max(completed_at))
    }

    /// The first instant at which the award for this completion is no longer valid, if it expires.
    ///
    /// One that is valid until a day that had passed expires before it was earned.
    #[must_use]
    pub fn expires_at(&self, completed_at: Timestamp) -> Option<Timestamp> {
        self.end(completed_at, 1)
    }

    /// The same of an award that was renewed by work inside `window`.
    #[must_use]
    pub fn renewal_expires_at(&self, window: Window, completed_at: Timestamp) -> Option<Timestamp> {
        match self.lasts {
            Lasts::For { renewed: Renewed::FromExpiry, .. } | Lasts::UntilEach { .. } => Some(window.ends),
            _ => self.expires_at(completed_at),
        }
    }

    /// Whether awards can be renewed.
    #[must_use]
    pub fn renews(&self) -> bool {
        matches!(self.lasts, Lasts::For { .. } | Lasts::UntilEach { .. })
    }

    /// The facts by which the award is held in its `n`th period, counted from 1, which `completed_at` began.
    ///
    /// | renewed | window `n` | renewed in it, the award expires |
    /// |---|---|---|
    /// | from completion | the period before, `n - 1`; the first just after the completion | a period after the new completion |
    /// | from expiry, or until each | the period itself | as the window ends |
    ///
    /// Nothing for the first period, as the run's prior-work policy says what counts for it, and nothing where no period
    /// follows. Windows that were missed are followed by others.
    #[must_use]
    pub fn window(&self, completed_at: Timestamp, n: u32) -> Option<Window> {
        let before = n.checked_sub(1).filter(|before| *before > 0)?;
        let (from, to) = match self.lasts {
            Lasts::Forever | Lasts::Until(_) => return None,
            Lasts::For { renewed: Renewed::FromCompletion, .. } => (before - 1, before),
            Lasts::For { renewed: Renewed::FromExpiry, .. } | Lasts::UntilEach { .. } => (before, n),
        };
        Some(Window { begins: self.end(completed_at, from)?, ends: self.end(completed_at, to)? })
    }

    /// When the `n`th period ends; the one before the first ends just after the completion, whose facts renew nothing.
    fn end(&self, completed_at: Timestamp, n: u32) -> Option<Timestamp> {
        if n == 0 {
            return completed_at.get().checked_add_signed(TimeDelta::microseconds(1))?.try_into().ok();
        }
        let completed = self.time_zone.day(completed_at)?;
        let last = match self.lasts {
            Lasts::Forever => return None,
            Lasts::For { period, .. } => period.after(completed, n)?,
            Lasts::UntilEach { month, day } => {
                let of = |year: i32| on(year, month, day);
                let over = self.time_zone.day_ends(of(completed.year())?)? <= completed_at;
                of(completed.year().checked_add(i32::from(over))?.checked_add(i32::try_from(n - 1).ok()?)?)?
            }
            Lasts::Until(day) => day,
        };
        self.time_zone.day_ends(last)
    }
}

/// This day of a year, or the day before in a year that lacks it.
fn on(year: i32, month: u8, day: u8) -> Option<NaiveDate> {
    let on = |day: u8| NaiveDate::from_ymd_opt(year, month.into(), day.into());
    on(day).or_else(|| on(day.checked_sub(1)?))
}
