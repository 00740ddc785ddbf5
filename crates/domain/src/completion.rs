//! What the world was told of a learner's completion, and what it must be told next.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{LearnerId, RunKey, Timestamp};
use crate::policy::{Regression, RunPolicy};
use crate::term::{AwardState, Term};
use crate::verdict::Verdict;

/// The namespace of completion and event ids (UUID v5). It must never change: ids would.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_3f1e_5d0b_5a84_9f57_2d6f_1c0e_8b21);

/// What the world was last told of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// UUID v5 of run, learner, attempt, sequence and, where it renews another, period.
    pub completion_id: Uuid,
    /// 1 for the first award of the attempt, raised by each that renews it.
    pub period: u32,
    /// 1 for the first completion of the period; raised when it is earned again after a revocation.
    pub sequence: u32,
    /// The date of the fact that completed the path.
    pub completed_at: Timestamp,
    /// Where it stands.
    pub state: CompletionState,
    /// When its award is valid.
    pub term: Term,
}

/// Where a completion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CompletionState {
    /// It holds.
    Valid,
    /// What satisfied it fell away; revoked at `until` unless regained.
    Grace {
        /// When it is revoked.
        until: Timestamp,
    },
    /// What satisfied it fell away; people decide.
    UnderReview {
        /// Since when.
        since: Timestamp,
    },
    /// Taken back.
    Revoked {
        /// When.
        at: Timestamp,
    },
}

impl Completion {
    /// Whether it was not taken back.
    #[must_use]
    pub fn stands(&self) -> bool {
        !matches!(self.state, CompletionState::Revoked { .. })
    }

    /// As it stood at an earlier moment, as far as what is kept of it says; `None` when it was earned later.
    ///
    /// What was taken back, or is under review, since then was valid, though it may have been in grace or under review before.
    /// The world may have been told of it later than it was earned.
    #[must_use]
    pub fn as_of(self, at: Timestamp, regression: Regression) -> Option<Self> {
        let since = match (self.state, regression) {
            (CompletionState::Revoked { at }, _) => Some(at),
            (CompletionState::UnderReview { since }, _) => Some(since),
            (CompletionState::Grace { until }, Regression::Grace { days }) => days_before(until, days),
            // The beginning of a grace is not known without its length.
            (CompletionState::Grace { .. } | CompletionState::Valid, _) => None,
        };
        let state = if since.is_some_and(|since| since > at) { CompletionState::Valid } else { self.state };
        (self.completed_at <= at).then_some(Self { state, ..self })
    }

    /// When the path was completed: as the world was first told and as still stands, or else by the rule.
    #[must_use]
    pub fn date(told: Option<&Self>, by_rule: Option<Timestamp>) -> Option<Timestamp> {
        match told.filter(|told| told.stands()) {
            // What renews an award came later than the completion.
            Some(told) if told.period > 1 => by_rule.or(Some(told.completed_at)),
            Some(told) => Some(told.completed_at),
            None => by_rule,
        }
    }

    /// How its award stands.
    #[must_use]
    pub fn award(&self, now: Timestamp) -> AwardState {
        AwardState::from(self.state).at(self.term.valid_from, self.term.expires_at, now)
    }

    /// The next instant, strictly after `now`, at which time alone changes that.
    #[must_use]
    pub fn next_award_moment(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = [Some(self.term.valid_from), self.term.expires_at];
        moments.into_iter().flatten().filter(|at| *at > now && self.stands()).min()
    }
}

impl From<CompletionState> for AwardState {
    fn from(state: CompletionState) -> Self {
        match state {
            CompletionState::Valid => Self::Valid,
            CompletionState::Grace { .. } => Self::Grace,
            CompletionState::UnderReview { .. } => Self::UnderReview,
            CompletionState::Revoked { .. } => Self::Revoked,
        }
    }
}

/// What the world must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emission {
    /// The path was completed.
    Completed,
    /// The completion was taken back.
    Revoked,
}

impl Emission {
    /// The id of the event that tells it: UUID v5 of the completion and what is told.
    #[must_use]
    pub fn event_id(self, completion_id: Uuid) -> Uuid {
        let name: &[u8] = match self {
            Self::Completed => b"completed",
            Self::Revoked => b"revoked",
        };
        Uuid::new_v5(&completion_id, name)
    }
}

/// The id of a completion: the same for the same run, learner, attempt, period and sequence, whoever computes it and whenever.
#[must_use]
pub fn completion_id(run: &RunKey, learner: LearnerId, attempt: u32, (period, sequence): (u32, u32)) -> Uuid {
    // A run key holds no line feed.
    let mut name = format!("{run}\n{learner}\n{attempt}\n{sequence}");
    if period > 1 {
        name = format!("{name}\n{period}");
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Compares a verdict with what the world was told: the completion to keep now, and what to tell. Tells on transitions only.
/// Of an award that renews another the verdict is that [`in_window`](crate::renewal::in_window).
///
/// `now` is the moment of judging; it dates revocations, and ends a grace.
#[must_use]
pub fn next(
    run: &RunKey,
    learner: LearnerId,
    attempt: u32,
    told: Option<&Completion>,
    verdict: &Verdict,
    policy: &RunPolicy,
    now: Timestamp,
) -> (Option<Completion>, Option<Emission>) {
    let keep = |state| told.map(|told| Completion { state, ..told.clone() });
    let earned = |(period, sequence), completed_at, term| Completion {
        completion_id: completion_id(run, learner, attempt, (period, sequence)),
        period,
        sequence,
        completed_at,
        state: CompletionState::Valid,
        term,
    };
    match (told, verdict.completed_at) {
        (None, None) => (None, None),
        (None, Some(at)) => {
            let term = Term::first(&policy.validity, at);
            (Some(earned((1, 1), at, term)), Some(Emission::Completed))
        }
        (Some(told), Some(at)) if !told.stands() => {
            let term = told.term.again(&policy.validity, at);
            let again = earned((told.period, told.sequence.saturating_add(1)), at, term);
            (Some(again), Some(Emission::Completed))
        }
        (Some(_), Some(_)) => (keep(CompletionState::Valid), None),
        (Some(told), None) if !told.stands() => (Some(told.clone()), None),
        (Some(told), None) => match fallen(told.state, verdict.withdrawn, policy.regression, now) {
            CompletionState::Revoked { at } => {
                (keep(CompletionState::Revoked { at }), Some(Emission::Revoked))
            }
            state => (keep(state), None),
        },
    }
}

/// Where a standing completion goes whose requirement is no longer met.
fn fallen(
    standing: CompletionState,
    withdrawn: bool,
    regression: Regression,
    now: Timestamp,
) -> CompletionState {
    match (regression, standing) {
        // What a staff member gave and took back is no regression of the learner's: no policy keeps it.
        _ if withdrawn => CompletionState::Revoked { at: now },
        (Regression::Sticky, _) => CompletionState::Valid,
        (Regression::Revocable, _) => CompletionState::Revoked { at: now },
        (Regression::Grace { days }, standing) => {
            let until = match standing {
                CompletionState::Grace { until } => until,
                _ => days_after(now, days),
            };
            if until <= now {
                CompletionState::Revoked { at: until }
            } else {
                CompletionState::Grace { until }
            }
        }
        (Regression::Review, CompletionState::UnderReview { since }) => {
            CompletionState::UnderReview { since }
        }
        (Regression::Review, _) => CompletionState::UnderReview { since: now },
    }
}

fn days_after(at: Timestamp, days: u16) -> Timestamp {
    let later = at.get().checked_add_signed(TimeDelta::days(days.into()));
    later.and_then(|later| later.try_into().ok()).unwrap_or(at)
}

fn days_before(at: Timestamp, days: u16) -> Option<Timestamp> {
    at.get().checked_sub_signed(TimeDelta::days(days.into()))?.try_into().ok()
}
