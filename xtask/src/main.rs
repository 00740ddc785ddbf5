#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on its terminal")]

mod parts;
mod python;
mod sqlx_files;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Commands for those who change this project.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Formatting, query files, clippy, licences and bans, all tests, end to end on real parts.
    Test {
        /// Leaves out what needs Java or Python.
        #[arg(long)]
        quick: bool,
    },
    /// Writes the query files (`.sqlx`) of the crates with SQL anew.
    Sqlx {
        /// Only says whether they would change, and fails when they would.
        #[arg(long)]
        check: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test { quick } => test::run(quick).await,
        Command::Sqlx { check } => sqlx_files::run(check).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
