use lp_domain::{ContextKey, PathId, Problem, RunKey};

use crate::{Refusal, StoreError};

/// Why a change to paths and runs was not made.
#[derive(Debug, thiserror::Error)]
pub enum AuthoringError {
    /// The database refused, or holds what we cannot read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No path has this key.
    #[error("there is no path {0}")]
    UnknownPath(PathId),
    /// No run has this key.
    #[error("there is no run {0}")]
    UnknownRun(RunKey),
    /// One of this key is there already.
    #[error("{0} is there already")]
    AlreadyThere(String),
    /// It is of another version than was expected: somebody else changed it.
    #[error("{0} has changed in the meantime")]
    Stale(String),
    /// Not a definition that may be published.
    #[error("the definition has {} problem(s)", .0.len())]
    NotPublishable(Vec<Problem>),
    /// Not dates that a run may have.
    #[error("the dates have {} problem(s)", .0.len())]
    WrongDates(Vec<Problem>),
    /// Not a policy that a run may have.
    #[error("the policy has {} problem(s)", .0.len())]
    WrongPolicy(Vec<Problem>),
    /// No revision of the run is published yet.
    #[error("nothing of {0} is published yet")]
    NothingPublished(RunKey),
    /// The run that is cloned has none of these contexts.
    #[error("the run has no such context")]
    UnknownContexts(Vec<ContextKey>),
    /// The enrolment cannot be had.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody has ended it.
    #[error("{0} was cancelled")]
    Cancelled(String),
    /// The draft is what the latest revision is.
    #[error("the draft of {0} is what its latest revision is")]
    NothingNew(RunKey),
}

impl From<sqlx::Error> for AuthoringError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
