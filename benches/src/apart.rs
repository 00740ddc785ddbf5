//! One measurement in a process of its own.

use anyhow::{Context as _, ensure};
use serde::de::DeserializeOwned;
use tokio::process::Command;

/// Runs this program with other arguments, so that the memory is its own; its last line is the answer.
pub(crate) async fn apart<T: DeserializeOwned>(arguments: &[&str]) -> anyhow::Result<T> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output().await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {errors}", arguments.join(" "));
    let text = String::from_utf8(output.stdout)?;
    Ok(serde_json::from_str(text.lines().last().context("it said nothing")?)?)
}
