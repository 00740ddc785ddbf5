#![doc = include_str!("../README.md")]

mod apply;
mod award;
pub mod by_hand;
mod completions;
mod holders;
pub mod issuing;
pub mod jobs;
mod read;
mod record;
mod revocations;
mod supersession;
mod terms;

pub use apply::{Batch, apply};
pub use award::{Award, Completion, CountedContext, Holder, Retirement, Revocation, Terms, Told, award_id};
pub use read::{AwardPlace, check, get, list_by_learner, of_completion};
pub use record::{Tellings, record};

/// The migrations of the credentials database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The role that only reads: awards, no names, no quarantined payloads.
pub const READER_ROLE: &str = "lp_credentials_reader";

/// The role of the consumer.
pub const WRITER_ROLE: &str = "lp_credentials_writer";

/// Connections that only read, in the role [`READER_ROLE`], which the login must be a member of.
#[must_use]
pub fn reader_pool(login: sqlx::postgres::PgConnectOptions, max_connections: u32) -> sqlx::PgPool {
    lp_postgres::reader(login, "learning-paths-credentials", READER_ROLE, max_connections)
}

/// Connections that only read, in the role [`WRITER_ROLE`], which the login must be a member of: that of readers sees no documents. What
/// they look for they look for by key, so one plan a statement is right, and is kept.
#[must_use]
pub fn document_pool(login: sqlx::postgres::PgConnectOptions, max_connections: u32) -> sqlx::PgPool {
    let login = login.options([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")]);
    lp_postgres::reader(login, "learning-paths-credentials-documents", WRITER_ROLE, max_connections)
}

/// Brings the credentials database up to date. Two at once are safe: one waits for the other.
///
/// # Errors
/// When the database cannot be reached, or its history is not ours.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATOR.run(pool).await
}
