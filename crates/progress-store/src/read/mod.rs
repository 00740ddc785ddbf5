//! What the query API reads, as the role [`READER_ROLE`] may: projections, no personal data.

mod as_of;
mod at_risk;
mod catalogue;
mod columns;
mod health;
mod learner_run;
mod learner_runs;
mod live;
mod paths;
mod reports;
mod roster;
mod run;
mod runs;

use sqlx::PgConnection;

pub use crate::reports::Measure;
pub use as_of::get_learner_run_as_of;
pub use at_risk::{AtRisk, list_at_risk};
pub use catalogue::{Asked, Place, Sort, Viewer};
pub use health::{ConsumedPartition, ConsumerHealth, OutboxState, QuarantineCount, consumer_health};
pub use learner_run::{Gone, LearnerRunDetail, get_learner_run};
pub use learner_runs::{LearnerRun, NextItem, Time, list_learner_runs};
pub use live::{LearnerState, Listener, learner_state, versions};
pub use paths::{Path, get_path, list_paths};
pub use reports::{By, Count, Period, ReportedRun, counts, reported_run, runs_of};
pub use roster::{
    Direction, NAMES_READER_ROLE, Names, RosterFilter, RosterOrder, RosterPlace, RosterRow, RosterRun,
    RosterSort, Whose, list_roster, names_are_granted, path_roster_runs, roster_pool, roster_run,
};
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
