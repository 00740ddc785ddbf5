//! Connections of the writer.

use std::str::FromStr as _;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor as _, PgPool};

/// A pool whose sessions wait for no lock and sit in no transaction for ever: whoever stopped in the middle of a batch, and
/// holds the row of an offset, is cut off before its successor gives up.
///
/// # Errors
/// When `url` cannot be read.
pub fn pool(url: &str, max_connections: u32) -> anyhow::Result<PgPool> {
    let login = PgConnectOptions::from_str(url).context("LP_DATABASE_URL cannot be used")?;
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(
                    "SET lock_timeout = '10s'; SET statement_timeout = '60s';
                     SET idle_in_transaction_session_timeout = '15s'",
                )
                .await?;
                Ok(())
            })
        })
        .connect_lazy_with(login.application_name("learning-paths-consumer")))
}

/// As [`pool`], but tells at once when the database does not answer.
///
/// # Errors
/// When `url` cannot be read or the database does not answer.
pub async fn connect(url: &str, max_connections: u32) -> anyhow::Result<PgPool> {
    let pool = pool(url, max_connections)?;
    drop(pool.acquire().await.context("the progress database does not answer")?);
    Ok(pool)
}
