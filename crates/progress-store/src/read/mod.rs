//! What the query API reads, as the role [`READER_ROLE`] may: projections, no personal data.

mod columns;
mod learner_run;
mod learner_runs;
mod pool;
mod runs;

use sqlx::PgConnection;

pub use learner_run::{LearnerRunDetail, get_learner_run};
pub use learner_runs::{LearnerRun, list_learner_runs};
pub use pool::{READER_ROLE, pool};
pub use runs::{Run, list_runs};

/// Whether progress can be read: the database answers, is migrated, and the role may.
///
/// # Errors
/// When it is not so.
pub async fn check(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT version FROM catalogue_version").fetch_optional(conn).await?;
    Ok(())
}
