#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on its terminal")]

mod cli;
mod demo;
mod doctor;
mod import;
mod keys;
mod migrate;
mod offsets;
mod openapi;
mod quarantine;
mod rebuild;
mod serve;
mod start;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use cli::{Cli, Command};
use import::Problems;
use lp_runtime::SettingsError;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(cli.command));
    // A thread that waits for a broker must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(500));
    start::flush_telemetry();
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            // 2, as for a wrong command line, when it is the configuration or the input that is wrong.
            ExitCode::from(if is_wrong_input(&error) { 2 } else { 1 })
        }
    }
}

/// Whether the one who called can mend it by another configuration or file.
fn is_wrong_input(error: &anyhow::Error) -> bool {
    error.is::<SettingsError>() || error.is::<Problems>()
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { service } => serve::run(service).await,
        Command::Migrate => migrate::run().await,
        Command::Import { from_plugin: Some(dsn), dry_run, .. } => {
            Box::pin(import::from_plugin(&dsn, dry_run)).await
        }
        Command::Import { file, dry_run, .. } => import::run(&file.unwrap_or_default(), dry_run).await,
        Command::Quarantine { action, database } => quarantine::run(action, database).await,
        Command::Offsets { action, database } => offsets::run(action, database).await,
        Command::Keys { action } => keys::run(action).await,
        Command::Rebuild { check } => rebuild::run(check).await,
        Command::Demo(options) => Box::pin(demo::run(options)).await,
        Command::Doctor => doctor::run().await,
        Command::Openapi { api } => Ok(openapi::run(api)),
    }
}
