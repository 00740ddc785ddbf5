use lp_domain::{IllegalChange, RunKey};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is away.
    #[error("the progress database refused")]
    Database(#[from] sqlx::Error),
    /// What the database holds is not what we wrote there.
    #[error("the progress database holds {what} that cannot be read")]
    Corrupt {
        /// Which part.
        what: &'static str,
        /// What the parser says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No run has this key.
    #[error("there is no run {0}")]
    UnknownRun(RunKey),
    /// The run has no such revision.
    #[error("{run} has no revision {revision}")]
    UnknownRevision {
        /// Which run.
        run: RunKey,
        /// Which revision.
        revision: u32,
    },
    /// The run or its learners are not what they were when the preview was made; make another.
    #[error("{0} or its learners have changed since the preview")]
    WorldMoved(RunKey),
    /// The enrolment's state does not allow it.
    #[error(transparent)]
    IllegalChange(#[from] IllegalChange),
}

impl StoreError {
    pub(crate) fn corrupt<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Corrupt { what, source: source.into() }
    }

    /// Whether the same may succeed when it is tried again: a lost connection, a deadlock, a shutdown, a full disk.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database(error) if lp_postgres::is_transient(error))
    }
}
