//! A learner in a run: a state machine with intervals. Nothing is deleted.

use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// Invited by e-mail or external key; no account yet.
    Pending,
    /// Learning.
    Active,
    /// Kept out for a while.
    Suspended,
    /// Left, or was removed.
    Withdrawn,
    /// The run closed.
    Ended,
}

impl EnrolmentState {
    const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Suspended, Self::Withdrawn, Self::Ended];

    /// Its word, wherever it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A learner's enrolment in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Where it stands.
    pub state: EnrolmentState,
    /// 1 for the first attempt; a fresh attempt raises it, a resumed one does not.
    pub attempt: u32,
    /// When the current attempt began.
    pub attempt_started_at: Timestamp,
    /// The revision under which the learner was enrolled.
    pub revision: u32,
}

/// What somebody does to an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Invites somebody without an account.
    Invite,
    /// Enrols, or lets an invited person in.
    Enrol,
    /// Keeps out for a while.
    Suspend,
    /// Lets in again.
    Resume,
    /// Takes out, or leaves.
    Withdraw,
    /// Enrols again after leaving, going on where the learner was.
    ReEnrol,
    /// Enrols again after leaving, in another attempt; the run's prior-work policy says what counts in it.
    ReEnrolAfresh,
    /// Ends with the run.
    End,
}

/// Where a learner goes on who comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Attempt))]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Where they were.
    #[default]
    Resumed,
    /// From nothing, by the latest revision.
    Afresh,
}

/// A change that the enrolment's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an enrolment that is {from:?} does not take {change:?}")]
pub struct IllegalChange {
    /// Where it stands; `None` when there is none.
    pub from: Option<EnrolmentState>,
    /// What was asked.
    pub change: Change,
}

/// What a change does to the intervals during which the learner is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// One begins.
    Opens,
    /// The open one ends.
    Closes,
    /// Nothing.
    Stays,
}

impl Enrolment {
    /// The enrolment after `change`, and what becomes of its intervals. `revision` is the run's latest published one; a
    /// resumed learner stays on the revision that they had.
    ///
    /// # Errors
    /// [`IllegalChange`] when the state does not allow it.
    pub fn change(
        current: Option<&Self>,
        change: Change,
        at: Timestamp,
        revision: u32,
    ) -> Result<(Self, Interval), IllegalChange> {
        use EnrolmentState::{Active, Ended, Pending, Suspended, Withdrawn};
        let from = current.map(|current| current.state);
        let begins = |state, attempt| Self { state, attempt, attempt_started_at: at, revision };
        let (state, interval) = match (from, change) {
            (None, Change::Invite) => return Ok((begins(Pending, 1), Interval::Stays)),
            (None | Some(Pending), Change::Enrol) => return Ok((begins(Active, 1), Interval::Opens)),
            (Some(Withdrawn | Ended), Change::ReEnrolAfresh) => {
                let attempt = current.map_or(1, |current| current.attempt.saturating_add(1));
                return Ok((begins(Active, attempt), Interval::Opens));
            }
            (Some(Withdrawn | Ended), Change::ReEnrol) | (Some(Suspended), Change::Resume) => {
                (Active, Interval::Opens)
            }
            (Some(Active), Change::Suspend) => (Suspended, Interval::Closes),
            (Some(Active), Change::Withdraw) => (Withdrawn, Interval::Closes),
            (Some(Pending | Suspended), Change::Withdraw) => (Withdrawn, Interval::Stays),
            (Some(Active), Change::End) => (Ended, Interval::Closes),
            (Some(Pending | Suspended), Change::End) => (Ended, Interval::Stays),
            _ => return Err(IllegalChange { from, change }),
        };
        let current = current.ok_or(IllegalChange { from, change })?;
        Ok((Self { state, ..current.clone() }, interval))
    }

    /// Completions are told to the world: while active, and while suspended, so that nothing is lost. Whoever has left is
    /// judged on, and what they complete is told when they come back.
    #[must_use]
    pub fn is_told(&self) -> bool {
        matches!(self.state, EnrolmentState::Active | EnrolmentState::Suspended)
    }
}
