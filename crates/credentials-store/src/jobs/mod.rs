//! Changes of many credentials: rows that are done whatever crashes, a portion a transaction.

mod read;
mod stage;
mod work;

use crate::by_hand::Wish;

pub use read::{Job, JobRow, JobState, Outcomes, get_job, job_rows, list_jobs, outcomes};
pub use stage::{NewJob, NewRows, Staged, create_job, orgs_of};
pub use work::{Asked, Portion, RowOutcome, cancel_job, finish_portion, next_portion, postpone_job};

/// The outcome of a row whose job was cancelled before its turn.
const CANCELLED: &str = "cancelled";

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Gives awards by hand.
    Issue,
    /// Changes credentials.
    Change(Wish),
}

impl Action {
    const ALL: [Self; 5] = [
        Self::Issue,
        Self::Change(Wish::Revoke),
        Self::Change(Wish::Suspend),
        Self::Change(Wish::Reinstate),
        Self::Change(Wish::Reissue),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Change(Wish::Revoke) => "revoke",
            Self::Change(Wish::Suspend) => "suspend",
            Self::Change(Wish::Reinstate) => "reinstate",
            Self::Change(Wish::Reissue) => "reissue",
        }
    }

    fn from_word(word: &str) -> sqlx::Result<Self> {
        let found = Self::ALL.into_iter().find(|action| action.word() == word);
        found.ok_or_else(|| sqlx::Error::Decode(format!("{word} is no action of a job").into()))
    }
}

/// What the audit log calls a job.
fn target(job_id: uuid::Uuid) -> String {
    format!("job:{job_id}")
}
