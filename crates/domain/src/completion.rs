//! What the world was told of a learner's completion, and what it must be told next.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{LearnerId, RunKey, Timestamp};
use crate::policy::Regression;
use crate::verdict::Verdict;

/// What the world was last told of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// UUID v5 of run, learner, attempt and sequence.
    pub completion_id: Uuid,
    /// 1 for the first completion of the attempt; raised when it is earned again after a revocation.
    pub sequence: u32,
    /// The date of the fact that completed the path.
    pub completed_at: Timestamp,
    /// Where it stands.
    pub state: CompletionState,
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

/// What the world must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emission {
    /// The path was completed.
    Completed,
    /// The completion was taken back.
    Revoked,
}

/// Compares a verdict with what the world was told: the completion to keep, and what to tell.
#[must_use]
pub fn next(
    _run: &RunKey,
    _learner: LearnerId,
    _attempt: u32,
    _told: Option<&Completion>,
    _verdict: &Verdict,
    _regression: Regression,
    _now: Timestamp,
) -> (Option<Completion>, Option<Emission>) {
    (None, None)
}
