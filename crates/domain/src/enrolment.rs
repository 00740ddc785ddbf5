//! A learner in a run: a state machine with intervals. Nothing is deleted.

use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// A learner's enrolment in a run, as `evaluate` needs it.
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
