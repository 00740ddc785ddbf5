#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark answers on its terminal")]

mod apart;
mod bare;
mod bulk;
mod bulk_bare;
mod bulk_beside;
mod credentials;
mod credentials_issue;
mod credentials_show;
mod figure;
mod live;
mod live_client;
mod load;
mod ours;
mod peer;
mod read;
mod read_fill;
mod read_load;
mod reports;
mod reports_read;
mod reports_time;
mod stage;
mod what_if;
mod what_if_part;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use figure::{Figure, median, print};
use load::Load;
use stage::Stage;

/// Benchmarks; `cargo xtask bench` runs them with all that they need.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Events a second from Kafka into the progress database.
    Ingest(Ingest),
    /// Seconds for a preview of all learners of a run.
    WhatIf(what_if::WhatIf),
    /// One measurement of it, in a process of its own.
    #[command(hide = true)]
    WhatIfPart(what_if_part::WhatIfPart),
    /// Seconds for a job that enrols many people.
    Bulk(bulk::Bulk),
    /// What reports cost an event, and how long one takes.
    Reports(reports::Reports),
    /// What reading costs, beside pgbench, COPY and the plugin.
    Read(read::Read),
    /// Milliseconds until open streams see what happens, and the memory of the streams.
    Live(live::Live),
    /// What credentials cost: signatures, issuing, files, pages.
    Credentials(credentials::Credentials),
    /// The work of such a job, in a process of its own.
    #[command(hide = true)]
    BulkPart(bulk::BulkPart),
}

#[derive(Args)]
struct Ingest {
    /// The release build of `learning-paths`.
    #[arg(long)]
    binary: PathBuf,
    /// The directory of the real Kafka and registry.
    #[arg(long)]
    parts: PathBuf,
    /// A Python with Open edX's event bus.
    #[arg(long)]
    python: PathBuf,
    /// Events for our consumer and the bare loop.
    #[arg(long, default_value_t = 500_000)]
    events: usize,
    /// Events for Open edX's consumer.
    #[arg(long, default_value_t = 5_000)]
    peer_events: usize,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Ingest(options) => ingest(options).await,
        Bench::WhatIf(options) => what_if::run(&options).await,
        Bench::WhatIfPart(part) => what_if_part::run(&part).await,
        Bench::Read(options) => read::run(&options).await,
        Bench::Credentials(options) => credentials::run(&options).await,
        Bench::Live(options) => live::run(&options).await,
        Bench::Bulk(options) => bulk::run(&options).await,
        Bench::Reports(options) => reports::run(&options).await,
        Bench::BulkPart(part) => bulk::part(&part).await,
    }
}

async fn ingest(options: Ingest) -> anyhow::Result<()> {
    let Ingest { binary, parts, python, events, peer_events, rounds, json } = options;
    let load = Load::new(events);
    eprintln!("starting Kafka, the registry and Postgres, enrolling {} learners …", load.learners());
    let stage = Stage::start(&parts, &load).await?;
    eprintln!("writing {} events …", load.len());
    stage.write(&load, peer_events).await?;
    let tellings = bare::read(&stage, load.len()).await?;

    let (mut ours, mut bare, mut peer, mut resident) = (vec![], vec![], vec![], vec![]);
    for round in 0..rounds {
        let (per_second, mebibytes) = ours::measure(&stage, &binary, round, load.len()).await?;
        ours.push(per_second);
        resident.push(mebibytes);
        bare.push(bare::measure(&stage, &tellings, round).await?);
        peer.push(peer::measure(&stage, &python, round, peer_events).await?);
        eprintln!(
            "round {}: ours {:.0}, bare loop {:.0}, Open edX's consumer {:.0} events/s; {mebibytes:.0} MiB",
            round + 1,
            ours[round],
            bare[round],
            peer[round]
        );
    }
    let (ours, bare, peer) = (median(&mut ours), median(&mut bare), median(&mut peer));
    print(
        &[
            Figure::plain("ingest_events_per_second", ours, "1/s"),
            Figure::plain("ingest_bare_loop_events_per_second", bare, "1/s"),
            Figure::plain("ingest_peer_events_per_second", peer, "1/s"),
            Figure::at_least("ingest_to_peer", ours / peer, "times", 100.0),
            Figure::at_least("ingest_to_bare_loop", ours / bare, "times", 0.6),
            Figure::at_most("ingest_resident_memory", median(&mut resident), "MiB", 64.0),
        ],
        json,
    )
}
