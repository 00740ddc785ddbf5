//! What the query API reads, as the role [`READER_ROLE`] may: projections, no personal data.

mod columns;
mod learner_run;
mod learner_runs;
mod live;
mod runs;

use sqlx::PgConnection;

pub use learner_run::{Gone, LearnerRunDetail, get_learner_run};
pub use learner_runs::{LearnerRun, Time, list_learner_runs};
pub use live::{LearnerState, Listener, learner_state, versions};
pub use runs::{Run, list_runs};

/// The role of those who only read: neither names, nor messages, nor what is about to be sent.
pub const READER_ROLE: &str = "lp_reader";

/// Connections that only read, in the role [`READER_ROLE`], which the login must be a member of.
#[must_use]
pub fn pool(login: sqlx::postgres::PgConnectOptions, max_connections: u32) -> sqlx::PgPool {
    lp_postgres::reader(login, "learning-paths-query", READER_ROLE, max_connections)
}

/// Whether progress can be read: the database answers, is migrated, and the role may.
///
/// # Errors
/// When it is not so.
pub async fn check(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT version FROM catalogue_version").fetch_optional(conn).await?;
    Ok(())
}
