#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on its terminal")]

mod bench;
mod npm;
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
        /// Leaves out what needs Java, Python or Node.
        #[arg(long)]
        quick: bool,
    },
    /// Writes the query files (`.sqlx`) of the crates with SQL anew.
    Sqlx {
        /// Only says whether they would change, and fails when they would.
        #[arg(long)]
        check: bool,
    },
    /// Measures; see benches/README.md.
    Bench {
        #[command(subcommand)]
        bench: Bench,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Events a second from Kafka into the progress database, beside a bare loop and Open edX's consumer.
    Ingest {
        /// For the benchmark: `--json`, `--events N`, `--rounds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Seconds and memory for a preview of 100,000 learners, beside a bare read of the same rows.
    WhatIf {
        /// For the benchmark: `--json`, `--learners N`, `--rounds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Seconds and memory for enrolling 100,000 people by a job, beside COPY and INSERT of the same rows.
    Bulk {
        /// For the benchmark: `--json`, `--rows N`, `--rounds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// What reports cost an event, and how long the report of a run of 1,000,000 learners takes.
    Reports {
        /// For the benchmark: `--json`, `--learners N`, `--batches N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Requests a second beside pgbench and the plugin, p99 beside ingest, exports beside COPY, memory.
    Read {
        /// For the benchmark: `--json`, `--learners N`, `--seconds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Signatures, completions on Kafka until credentials are stored, certificates, verify pages beside pgbench.
    Credentials {
        /// For the benchmark: `--json`, `--completions N`, `--seconds N`, `--rounds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Milliseconds until open streams see what happens, and the memory of the streams.
    Live {
        /// For the benchmark: `--json`, `--streams N`, `--rate N`, `--seconds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test { quick } => test::run(quick).await,
        Command::Sqlx { check } => sqlx_files::run(check).await,
        Command::Bench { bench: Bench::Ingest { options } } => bench::ingest(&options),
        Command::Bench { bench: Bench::WhatIf { options } } => bench::of_the_store("what-if", &options),
        Command::Bench { bench: Bench::Bulk { options } } => bench::of_the_store("bulk", &options),
        Command::Bench { bench: Bench::Reports { options } } => bench::of_the_store("reports", &options),
        Command::Bench { bench: Bench::Read { options } } => bench::read(&options),
        Command::Bench { bench: Bench::Credentials { options } } => bench::credentials(&options),
        Command::Bench { bench: Bench::Live { options } } => bench::of_the_service("live", &options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
