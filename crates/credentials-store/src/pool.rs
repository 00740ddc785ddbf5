//! Connections, each fenced in as its work allows.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::READER_ROLE;

/// How long a request waits for a connection; then the service is too busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections that only read, in the role [`READER_ROLE`], which the login must be a member of.
///
/// Nothing is connected yet, so a database that is away is no error here.
#[must_use]
pub fn reader_pool(login: PgConnectOptions, max_connections: u32) -> PgPool {
    let options = login.application_name("lp-credentials-reader").options([
        ("role", READER_ROLE),
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "5s"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options)
}

/// Connections of the consumer: a transaction that its owner no longer drives ends by itself and frees its locks.
#[must_use]
pub fn writer_pool(login: PgConnectOptions, max_connections: u32) -> PgPool {
    let options = login.application_name("lp-credentials-writer").options([
        ("lock_timeout", "10s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options)
}
