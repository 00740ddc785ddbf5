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
        let Self::Database(error) = self else { return false };
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // 08 connection, 25P03 a transaction left idle too long, 40 rollback, 53 resources, 55P03 lock timeout,
            // 57 operator intervention, 58 system.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "25P03", "40", "53", "55P03", "57", "58"].iter().any(|class| code.starts_with(class))
            }),
            _ => false,
        }
    }
}
