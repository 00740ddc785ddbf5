//! Real parts as processes: Apache Kafka, the Apicurio registry and MariaDB, from a directory that holds what they are made of
//! (`cargo xtask test` fetches it).

mod apicurio;
mod kafka;
mod mariadb;
mod process;

pub use apicurio::Apicurio;
pub use kafka::Kafka;
pub use mariadb::MariaDb;
pub use process::Process;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::bail;

/// How long a condition may take to come about, on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// A free port of loopback.
///
/// # Errors
/// When there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Waits until `condition` gives something; its last error says what is missing.
///
/// # Errors
/// When it does not come about in time.
pub async fn until<T>(
    what: &str,
    mut condition: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let begun = Instant::now();
    loop {
        match condition().await {
            Ok(done) => return Ok(done),
            Err(error) if begun.elapsed() > DEADLINE => bail!("not within {DEADLINE:?}: {what}: {error:#}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
