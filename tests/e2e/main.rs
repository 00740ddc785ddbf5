//! End to end on real parts: Apache Kafka, Apicurio, Postgres, Open edX's own producer and consumer, our processes.
//!
//! Runs where `LP_E2E` names the directory of the real parts; `cargo xtask test` fetches them and sets it. Numbers after
//! `fault_` are rows of the list of faults.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, and their helpers")]

mod apis;
mod compare;
mod crashes;
mod openedx;
mod orders;
mod outages;
mod parts;
mod poison;
mod process;
mod shutdown;
mod stack;
mod whole_way;
mod zombies;

use std::time::{Duration, Instant};

use anyhow::bail;

/// How long a condition may take to come about, on a busy machine.
const DEADLINE: Duration = Duration::from_mins(2);

/// Waits until `condition` gives something; its last error says what is missing.
async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let begun = Instant::now();
    loop {
        match condition().await {
            Ok(done) => return Ok(done),
            Err(error) if begun.elapsed() > DEADLINE => bail!("not within {DEADLINE:?}: {what}: {error:#}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
