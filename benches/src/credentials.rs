//! What credentials cost: to sign, to issue, to draw, to show.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::issuing::versions::{put_definition, put_issuer};
use lp_devstack::{Apicurio, Kafka, Postgres};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use crate::figure::{Figure, median, print};
use crate::{credentials_issue, credentials_show};

pub(crate) const RUN: &str = "path-v1:BenchX+CRED+all+open";
const PATH: &str = "BenchX+CRED";
const ORG: &str = "BenchX";
pub(crate) const SITE: &str = "https://credentials.example.org";

#[derive(Args)]
pub(crate) struct Credentials {
    /// The release build of `learning-paths`.
    #[arg(long)]
    binary: PathBuf,
    /// The directory of the real Kafka and registry.
    #[arg(long)]
    parts: PathBuf,
    /// Completions that become credentials.
    #[arg(long, default_value_t = 10_000)]
    completions: u32,
    /// Seconds of each measurement of files and pages.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

/// The parts that all are measured on.
pub(crate) struct Stage {
    pub(crate) kafka: Kafka,
    pub(crate) registry: Apicurio,
    pub(crate) postgres: Postgres,
    pub(crate) binary: PathBuf,
    pub(crate) completions: u32,
}

pub(crate) async fn run(options: &Credentials) -> anyhow::Result<()> {
    let Credentials { binary, parts, completions, seconds, rounds, json } = options;
    ensure!(*completions >= 100 && *rounds >= 1, "too few to say anything");
    eprintln!("starting Kafka, the registry and Postgres …");
    let dir = tempfile::Builder::new().prefix("learning-paths-bench-").tempdir()?;
    let (kafka, registry, postgres) = tokio::try_join!(
        Kafka::start(parts, dir.path()),
        Apicurio::start(parts, dir.path()),
        Postgres::start_durable()
    )?;
    let (binary, completions) = (binary.clone(), *completions);
    let stage = Stage { kafka, registry, postgres, binary, completions };

    let (mut signatures, mut ours, mut bare, mut ratios) = (vec![], vec![], vec![], vec![]);
    for round in 0..*rounds {
        let per_second = credentials_issue::ours(&stage, round).await?;
        let again = credentials_issue::Again::read(&stage, round).await?;
        let bare_per_second = again.measure(&stage, round).await?;
        signatures.push(again.signature()?);
        eprintln!(
            "round {}: {per_second:.0} credentials/s, bare loop {bare_per_second:.0}/s, a signature {:.2} ms",
            round + 1,
            signatures[round]
        );
        ours.push(per_second);
        bare.push(bare_per_second);
        ratios.push(per_second / bare_per_second);
    }
    let mut figures = vec![
        Figure::at_most("credentials_signature_cpu", median(&mut signatures), "ms", 2.0),
        Figure::plain("credentials_issued_per_second", median(&mut ours), "1/s"),
        Figure::plain("credentials_bare_loop_per_second", median(&mut bare), "1/s"),
        Figure::at_least("credentials_issued_to_bare_loop", median(&mut ratios), "times", 0.6),
    ];
    figures.extend(credentials_show::measure(&stage, Duration::from_secs(*seconds), *rounds).await?);
    print(&figures, *json)
}

/// The database of a round.
pub(crate) fn database(round: usize) -> String {
    format!("credentials_{round}")
}

impl Stage {
    /// A database with an issuer and what it issues for [`PATH`], and nothing issued.
    pub(crate) async fn database(&self, round: usize) -> anyhow::Result<String> {
        let url = self.postgres.create_database(&database(round)).await?;
        let mut conn = PgConnection::connect(&url).await?;
        lp_credentials_store::MIGRATOR.run(&mut conn).await?;
        let by = By { actor: "bench", request_id: None, reason: None };
        put_issuer(
            &mut conn,
            &by,
            ORG,
            &json!({ "name": "Northbridge University", "url": "https://example.org" }),
        )
        .await?;
        let definition = json!({ "name": "Foundations of Data Engineering", "criteria": "Complete **all** of the courses.",
            "description": "Five courses on modelling, storing, moving and checking data.", "shows_grade": true,
            "shows_courses": true });
        put_definition(&mut conn, &by, (ORG, PATH), &definition).await?;
        sqlx::query("CHECKPOINT").execute(&mut conn).await?;
        Ok(url)
    }
}
