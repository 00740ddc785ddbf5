//! The dimension of time: how a learner stands to the dates of a run, and when that changes next.
//!
//! It is never mixed with achievement. A completion is judged by its own date and keeps that judgement: done before the end of
//! the due day it is on time, for good; done later it stays overdue, which beside an achievement of *completed* reads as
//! *completed late*. Closing changes neither. A completion dated at or after the closing does not count, as if there were none.
//! All bounds are instants at which the next state already holds.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;
use crate::schedule::Schedule;

/// How a learner stands to the dates of a run; without a completion it only ever moves down this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeStatus {
    /// Nothing is due.
    NoDate,
    /// The due date is not near, or was met.
    OnTime,
    /// The due date is near.
    DueSoon,
    /// The due date has passed, or passed before the completion.
    Overdue,
    /// Evaluation has ended without a completion.
    Closed,
}

impl TimeStatus {
    const ALL: [Self; 5] = [Self::NoDate, Self::OnTime, Self::DueSoon, Self::Overdue, Self::Closed];

    /// Its word, wherever it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoDate => "no_date",
            Self::OnTime => "on_time",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::Closed => "closed",
        }
    }

    /// The status of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// What happens at an instant of a run, without anybody doing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The due date is near from now on.
    DueSoon,
    /// The due date has passed.
    Overdue,
    /// Evaluation has ended.
    Closed,
}

/// Why nobody can enrol now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// Too early.
    #[error("enrolment has not opened yet")]
    NotYet {
        /// The first instant at which learners may enrol.
        opens: Timestamp,
    },
    /// Too late: enrolment has closed, or the run has.
    #[error("enrolment is over")]
    Over {
        /// The first instant at which learners no longer could.
        closed: Timestamp,
    },
}

impl From<Moment> for TimeStatus {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::DueSoon => Self::DueSoon,
            Moment::Overdue => Self::Overdue,
            Moment::Closed => Self::Closed,
        }
    }
}

/// How a learner stands whose attempt began at `began` and who completed the path at `completed_at`, if they did.
///
/// Whoever begins after a fixed due day is overdue at once.
#[must_use]
pub fn status(
    schedule: &Schedule,
    began: Timestamp,
    completed_at: Option<Timestamp>,
    now: Timestamp,
) -> TimeStatus {
    let due = schedule.due_at(began);
    match counted(schedule, completed_at) {
        Some(done) => {
            due.map_or(
                TimeStatus::NoDate,
                |due| {
                    if done < due { TimeStatus::OnTime } else { TimeStatus::Overdue }
                },
            )
        }
        None => match passed(schedule, began, now) {
            Some(moment) => moment.into(),
            None => due.map_or(TimeStatus::NoDate, |_| TimeStatus::OnTime),
        },
    }
}

/// The next instant, strictly after `now`, at which [`status`] changes, and to what: a timer. Nothing once the learner has
/// completed the path, or the run has closed, or no date is left.
#[must_use]
pub fn next_moment(
    schedule: &Schedule,
    began: Timestamp,
    completed_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<(Timestamp, Moment)> {
    if counted(schedule, completed_at).is_some() {
        return None;
    }
    let passed = passed(schedule, began, now);
    moments(schedule, began)
        .filter(|(_, moment)| Some(*moment) > passed)
        // Of what happens at once, the last state is the one that holds.
        .min_by_key(|(at, moment)| (*at, Reverse(*moment)))
}

/// Since when a learner without a completion stands so, by the dates and not by when anybody looked: the beginning of the
/// attempt at the earliest. Nothing for a status that no date brings about.
#[must_use]
pub fn since(schedule: &Schedule, began: Timestamp, status: TimeStatus) -> Option<Timestamp> {
    let (at, _) = moments(schedule, began).find(|(_, moment)| TimeStatus::from(*moment) == status)?;
    Some(at.max(began))
}

/// Whether learners may enrol now. Nobody can once the run has closed.
///
/// # Errors
/// [`Shut`], with the instant.
pub fn is_open_for_enrolment(schedule: &Schedule, now: Timestamp) -> Result<(), Shut> {
    let ends = [schedule.enrolment_closes_at(), schedule.closes_at()];
    if let Some(closed) = ends.into_iter().flatten().min().filter(|closed| *closed <= now) {
        return Err(Shut::Over { closed });
    }
    match schedule.enrolment_opens_at() {
        Some(opens) if opens > now => Err(Shut::NotYet { opens }),
        _ => Ok(()),
    }
}

/// A completion, unless the run had closed.
fn counted(schedule: &Schedule, completed_at: Option<Timestamp>) -> Option<Timestamp> {
    completed_at.filter(|done| schedule.closes_at().is_none_or(|closes| *done < closes))
}

fn moments(schedule: &Schedule, began: Timestamp) -> impl Iterator<Item = (Timestamp, Moment)> {
    let dates = [
        (schedule.due_soon_at(began), Moment::DueSoon),
        (schedule.due_at(began), Moment::Overdue),
        (schedule.closes_at(), Moment::Closed),
    ];
    dates.into_iter().filter_map(|(at, moment)| Some((at?, moment)))
}

/// The last state that has begun.
fn passed(schedule: &Schedule, began: Timestamp, now: Timestamp) -> Option<Moment> {
    moments(schedule, began).filter(|(at, _)| *at <= now).map(|(_, moment)| moment).max()
}
