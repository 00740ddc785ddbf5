//! What the query API reads, as the role [`READER_ROLE`] may: projections, no personal data.

mod as_of;
mod catalogue;
mod columns;
mod learner_run;
mod learner_runs;
mod paths;
mod run;
mod runs;

use sqlx::PgConnection;

pub use as_of::get_learner_run_as_of;
pub use catalogue::{Asked, Place, Sort, Viewer};
pub use learner_run::{Gone, LearnerRunDetail, get_learner_run};
pub use learner_runs::{LearnerRun, NextItem, Time, list_learner_runs};
pub use paths::{Path, get_path, list_paths};
pub use run::{ContextInfo, Own, RunDetail, get_run};
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
