//! The dates of a run: when learners enrol, when they are due, when evaluation ends.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::Problem;
use crate::ids::Timestamp;
use crate::local::{DateProblem, LocalTime, Period};
use crate::read;
use crate::zone::Zone;

/// The dates of a run, all optional, in one time zone. Instants follow from them when they are asked for.
///
/// Call [`Schedule::check`] before: a date outside the years that a [`Timestamp`] takes counts as none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Where the dates are local; `UTC` unless said otherwise.
    pub time_zone: Zone,
    /// Learners may enrol from then on; a date means from its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "2026-01-31T18:00"))]
    pub enrolment_opens: Option<LocalTime>,
    /// Learners may enrol until then; a date means to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "2026-02-28"))]
    pub enrolment_closes: Option<LocalTime>,
    /// Evaluation ends then, and what is done later does not count; a date means to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "2026-12-31"))]
    pub closes: Option<LocalTime>,
    /// When learners should have completed the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// How many local days before its end the due date is near; 7 unless said otherwise.
    pub due_soon_days: u16,
}

/// When learners should have completed the path: always by the end of a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// By the end of this day, for everybody.
    On(NaiveDate),
    /// By the end of the day that comes so long after the one on which the learner's attempt began.
    After(Period),
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            time_zone: Zone::default(),
            enrolment_opens: None,
            enrolment_closes: None,
            closes: None,
            due: None,
            due_soon_days: 7,
        }
    }
}

impl Schedule {
    /// Reads a schedule that may be used: its JSON is right, and it passes [`Schedule::check`].
    ///
    /// # Errors
    /// All problems, each with its RFC 6901 pointer into `value`. Dates are compared only when all were read.
    pub fn read(value: Value) -> Result<Self, Vec<Problem>> {
        let schedule: Self = read::fields(value)?;
        schedule.check().map(|()| schedule)
    }

    /// Says every reason why this must not be used.
    ///
    /// # Errors
    /// All problems, each with its RFC 6901 pointer.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut problem = |wrong: bool, pointer: &str, kind: DateProblem| {
            if wrong {
                problems.push(Problem { pointer: pointer.to_owned(), kind: kind.into() });
            }
        };
        let (opens, until) = (self.enrolment_opens_at(), self.enrolment_closes_at());
        let closes = self.closes_at();
        let due_on = match self.due {
            Some(Due::On(day)) => Some(self.time_zone.day_ends(day)),
            _ => None,
        };
        problem(
            self.enrolment_opens.is_some() && opens.is_none(),
            "/enrolment_opens",
            DateProblem::OutOfRange,
        );
        problem(
            self.enrolment_closes.is_some() && until.is_none(),
            "/enrolment_closes",
            DateProblem::OutOfRange,
        );
        problem(self.closes.is_some() && closes.is_none(), "/closes", DateProblem::OutOfRange);
        problem(due_on == Some(None), "/due/on", DateProblem::OutOfRange);
        let later = |one: Option<Timestamp>, other| one.zip(other).is_some_and(|(one, other)| one > other);
        let not_before =
            |one: Option<Timestamp>, other| one.zip(other).is_some_and(|(one, other)| one >= other);
        problem(not_before(opens, until), "/enrolment_closes", DateProblem::NeverOpen);
        problem(not_before(opens, closes), "/enrolment_opens", DateProblem::AfterClosing);
        problem(later(until, closes), "/enrolment_closes", DateProblem::AfterClosing);
        problem(later(due_on.flatten(), closes), "/due/on", DateProblem::AfterClosing);
        if let Some(Due::After(period)) = self.due {
            problem(period.check().is_err(), "/due/after", DateProblem::Period);
        }
        problem(Period::Days(self.due_soon_days).check().is_err(), "/due_soon_days", DateProblem::Period);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The first instant at which learners may enrol, if there is a date.
    #[must_use]
    pub fn enrolment_opens_at(&self) -> Option<Timestamp> {
        self.enrolment_opens?.begins(&self.time_zone)
    }

    /// The first instant at which learners may no longer enrol, if there is a date.
    #[must_use]
    pub fn enrolment_closes_at(&self) -> Option<Timestamp> {
        self.enrolment_closes?.ends(&self.time_zone)
    }

    /// The first instant at which facts no longer count, if there is a date.
    #[must_use]
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.closes?.ends(&self.time_zone)
    }

    /// The day by whose end a learner should be done whose attempt began at `began`, if there is one.
    #[must_use]
    pub fn due_day(&self, began: Timestamp) -> Option<NaiveDate> {
        match self.due? {
            Due::On(day) => Some(day),
            Due::After(period) => period.after(self.time_zone.day(began)?, 1),
        }
    }

    /// The first instant at which such a learner is late: the end of the due day.
    #[must_use]
    pub fn due_at(&self, began: Timestamp) -> Option<Timestamp> {
        self.time_zone.day_ends(self.due_day(began)?)
    }

    /// The first instant at which the due date of such a learner is near: `due_soon_days` local days before the end of the due
    /// day, but not before 1970.
    #[must_use]
    pub fn due_soon_at(&self, began: Timestamp) -> Option<Timestamp> {
        let due = self.due_day(began)?;
        self.time_zone.day_ends(due)?;
        let before = due.checked_sub_days(Days::new(self.due_soon_days.into()));
        Some(before.and_then(|day| self.time_zone.day_ends(day)).unwrap_or(Timestamp::EPOCH))
    }
}
