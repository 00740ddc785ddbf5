//! Steps, told one by one with their times.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};

/// Does something under a name.
pub(crate) async fn step<T>(name: &str, does: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    println!("\n==> {name}");
    let begun = Instant::now();
    let done = does.await;
    let seconds = begun.elapsed().as_secs_f64();
    match &done {
        Ok(_) => println!("==> {name}: good, {seconds:.1} s"),
        Err(_) => println!("==> {name}: FAILED, {seconds:.1} s"),
    }
    done.with_context(|| format!("{name} failed"))
}

/// Runs a command whose output is shown.
pub(crate) fn shown(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} does not run"))?;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}

/// Runs a command whose output is shown only when it fails.
pub(crate) fn quiet(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} does not run"))?;
    ensure!(
        output.status.success(),
        "{name} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
