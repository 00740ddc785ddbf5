use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool};

/// How long a request waits for a connection; then the service is too busy.
const READER_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection that a request used so long ago at most is taken to be alive.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long a writer does, who tries again.
const WRITER_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that write. They wait for no lock and sit in no transaction for ever: whoever stopped in the middle of a
/// batch, and holds its locks, is cut off before its successor gives up.
///
/// Nothing is connected yet, so a database that is away is no error here.
#[must_use]
pub fn writer(login: PgConnectOptions, application: &str, max_connections: u32) -> PgPool {
    let options = login.application_name(application).options([
        ("lock_timeout", "10s"),
        ("statement_timeout", "60s"),
        ("idle_in_transaction_session_timeout", "15s"),
        // A plan that was made while the tables were empty would be kept until they are analysed, and reads each of them whole
        // for every row of a batch.
        ("plan_cache_mode", "force_custom_plan"),
        // Whatever writers look for, they look for by key. Of a table that was not analysed yet the planner thinks that a
        // thousand keys are most of it, and reads it whole.
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(WRITER_ACQUIRE_TIMEOUT)
        .connect_lazy_with(options)
}

/// Connections that only read, in the group role `role`, which the login must be a member of.
///
/// Nothing is connected yet, so a database that is away is no error here.
#[must_use]
pub fn reader(login: PgConnectOptions, application: &str, role: &str, max_connections: u32) -> PgPool {
    let options = login.application_name(application).options([
        ("role", role),
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "5s"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(READER_ACQUIRE_TIMEOUT)
        // Asking each time whether a connection is alive would double the trips of a request.
        .test_before_acquire(false)
        .before_acquire(|conn, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
