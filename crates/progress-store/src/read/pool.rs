//! Connections that only read.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// The role of those who only read: neither names, nor messages, nor what is about to be sent.
pub const READER_ROLE: &str = "lp_reader";

/// How long a request waits for a connection; then the service is too busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections that only read, in the role [`READER_ROLE`], which the login must be a member of.
///
/// Nothing is connected yet, so a database that is away is no error here.
#[must_use]
pub fn pool(login: PgConnectOptions, max_connections: u32) -> PgPool {
    let options = login.application_name("lp-query-api").options([
        ("role", READER_ROLE),
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "5s"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options)
}
