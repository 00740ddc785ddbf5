//! Open edX's own producer and consumer.

use std::env;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use lp_devstack::lms::Message;
use serde_json::{Value, json};

use crate::stack::{PATHS, PREFIX, Stack};
use lp_devstack::Process;

fn python(stack: &Stack, script: &str) -> anyhow::Result<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(env::var_os("LP_OPENEDX_PYTHON").context("LP_OPENEDX_PYTHON")?);
    python
        .arg(root.join("openedx").join(script))
        .env("PYTHONPATH", root.join("../integrations/openedx/src"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("BOOTSTRAP", stack.kafka.servers())
        .env("REGISTRY", stack.registry.url())
        .env("PREFIX", PREFIX)
        .env("TOPIC", PATHS);
    Ok(python)
}

/// Writes messages with the real producer.
pub(crate) async fn produce(stack: &Stack, messages: &[Message]) -> anyhow::Result<()> {
    let mut plan = Vec::new();
    for message in messages {
        let Message { topic, event_type, id, time, datum, .. } = message;
        let line = json!({ "topic": topic, "event_type": event_type, "id": id.to_string(),
            "time": time.to_rfc3339(), "datum": datum });
        writeln!(plan, "{line}")?;
    }
    let mut producer = python(stack, "produce.py")?;
    producer.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut producer = producer.spawn()?;
        producer.stdin.take().context("a pipe")?.write_all(&plan)?;
        Ok(producer.wait_with_output()?)
    })
    .await??;
    let errors = String::from_utf8_lossy(&output.stderr);
    // The producer logs what it cannot send, and goes on.
    ensure!(output.status.success() && !errors.contains("Traceback"), "{errors}");
    Ok(())
}

/// The real consumer in a Django process with our package.
pub(crate) struct Django(Process);

impl Django {
    pub(crate) fn start(stack: &Stack) -> anyhow::Result<Self> {
        Self::start_at(stack, PREFIX)
    }

    /// Reads the topic of another prefix.
    pub(crate) fn start_at(stack: &Stack, prefix: &str) -> anyhow::Result<Self> {
        let mut consumer = python(stack, "consume.py")?;
        Ok(Self(Process::start("django", stack.dir.path(), consumer.env("PREFIX", prefix))?))
    }

    /// All signals that it received.
    pub(crate) fn received(&self) -> Vec<Value> {
        self.0
            .log()
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }
}
