//! Changes of many credentials: rows that are done whatever crashes, a portion a transaction.

mod read;
mod stage;
mod work;

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
    /// Takes credentials back, for good.
    Revoke,
    /// Takes them back for now.
    Suspend,
    /// Gives them back to what their awards say.
    Reinstate,
    /// Has them signed anew.
    Reissue,
}

impl Action {
    const ALL: [Self; 5] = [Self::Issue, Self::Revoke, Self::Suspend, Self::Reinstate, Self::Reissue];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Reissue => "reissue",
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
