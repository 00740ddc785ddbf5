//! Open edX's own consumer, with one ORM upsert an event.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::stage::{PEER_TOPIC, Stage};

#[derive(Deserialize)]
struct Answer {
    events: f64,
    seconds: f64,
}

/// Events a second.
pub(crate) async fn measure(
    stage: &Stage,
    python: &Path,
    round: usize,
    events: usize,
) -> anyhow::Result<f64> {
    let database = format!("peer_{round}");
    stage.postgres.create_database(&database).await?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/openedx/consume.py");
    let output = Command::new(python)
        .arg(script)
        .env("BOOTSTRAP", stage.kafka.servers())
        .env("REGISTRY", stage.registry.url())
        .env("TOPIC", PEER_TOPIC)
        .env("EVENTS", events.to_string())
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", stage.postgres.port().to_string())
        .env("PGUSER", "postgres")
        .env("PGDATABASE", &database)
        .output()
        .await
        .context("Python does not run")?;
    ensure!(output.status.success(), "the peer failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().context("the peer said nothing")?;
    let answer: Answer = serde_json::from_str(line)?;
    Ok(answer.events / answer.seconds)
}
