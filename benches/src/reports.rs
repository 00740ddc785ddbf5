//! What reports cost.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::Utc;
use clap::Args;
use lp_devstack::Postgres;
use lp_domain::{LearnerId, PathDetails, PathId, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{Catalogue, FactTelling, Tellings, apply, fold_reports, recount_reports};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use sqlx::{Connection as _, PgConnection};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::figure::{Figure, median, print};
use crate::reports_read;
use crate::reports_time::InReports;
use crate::what_if::story;
use crate::what_if_part::current;

const RUN: &str = "path-v1:BenchX+REPORTS+all+open";
/// Facts in a batch.
const BATCH: usize = 2_000;
/// Facts of a learner.
const FACTS: usize = 12;

#[derive(Args)]
pub(crate) struct Reports {
    /// Learners in the run that is reported on.
    #[arg(long, default_value_t = 1_000_000)]
    learners: i64,
    /// Batches of 2,000 facts that are taken in.
    #[arg(long, default_value_t = 30)]
    batches: usize,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &Reports) -> anyhow::Result<()> {
    let Reports { learners, batches, json } = *options;
    ensure!(learners >= 1_000 && batches >= 3, "too few to say anything");
    let spent = InReports::default();
    tracing_subscriber::registry().with(spent.clone()).init();
    eprintln!("starting Postgres …");
    let postgres = Postgres::start_durable().await?;
    let (mut with, mut without, mut ratios) = (vec![], vec![], vec![]);
    let url = postgres.create_database("events").await?;
    let (mut conn, told) = fill(&url, batches).await?;
    let (mut catalogue, mut later) = (Catalogue::default(), PgConnection::connect(&url).await?);
    for facts in told.chunks(BATCH) {
        let tellings = Tellings { facts: facts.to_vec(), ..Tellings::default() };
        spent.take();
        let begun = Instant::now();
        let mut tx = conn.begin().await?;
        apply(&mut tx, &mut catalogue, &tellings, Timestamp::try_from(Utc::now())?).await?;
        tx.commit().await?;
        let all = begun.elapsed();
        let in_reports = spent.take() + reading(&mut conn, facts).await?;
        // What is added up later is work of the database too.
        let folding = Instant::now();
        while fold_reports(&mut later, 1_000).await? > 0 {}
        let (all, others) = (all + folding.elapsed(), all.saturating_sub(in_reports));
        let many = f64::from(u32::try_from(facts.len())?);
        with.push(all.as_secs_f64() * 1e6 / many);
        without.push(others.as_secs_f64() * 1e6 / many);
        ratios.push(all.as_secs_f64() / others.as_secs_f64());
    }
    ensure!(recount_reports(&mut conn).await? == 0, "the counts are wrong");
    let report = reports_read::measure(&postgres, learners).await?;
    print(
        &[
            Figure::plain("reports_event_with", median(&mut with), "µs"),
            Figure::plain("reports_event_without", median(&mut without), "µs"),
            Figure::at_most("reports_cost_of_an_event", median(&mut ratios), "times", 1.15),
            Figure::at_most("reports_of_a_run", report.whole, "ms", 50.0),
            Figure::plain("reports_of_a_run_in_a_quarter", report.quarter, "ms"),
            Figure::plain("reports_page_of_learners_at_risk", report.at_risk, "ms"),
        ],
        json,
    )
}

/// How long it takes to read what reports count of these learners. It goes with the reading of their enrolments, where it cannot be
/// told apart; by itself it takes a little longer.
async fn reading(conn: &mut PgConnection, facts: &[FactTelling]) -> anyhow::Result<Duration> {
    let mut learners: Vec<i64> = facts.iter().map(|telling| telling.fact.learner.get()).collect();
    learners.sort_unstable();
    learners.dedup();
    let query = sqlx::query("SELECT * FROM report_contributions WHERE learner_id = ANY($1)").bind(learners);
    let begun = Instant::now();
    query.fetch_all(conn).await?;
    Ok(begun.elapsed())
}

/// A run of four courses with all learners in it, and their facts of six courses in any order.
async fn fill(url: &str, batches: usize) -> anyhow::Result<(PgConnection, Vec<FactTelling>)> {
    let mut conn = PgConnection::connect(url).await?;
    lp_progress_store::MIGRATOR.run(&mut conn).await?;
    let mut conn = lp_postgres::writer(url.parse()?, "bench-reports", 1).acquire().await?.detach();
    let (run, by) = (RunKey::parse(RUN)?, By::command("bench"));
    let path = Path { id: PathId::from(&run), title: "Reports".into(), details: PathDetails::default() };
    put_path(&mut conn, &by, &path).await?;
    put_run(&mut conn, &by, &run, &RunPolicy::default(), &current()?).await?;
    let learners = i64::try_from(batches * BATCH / FACTS)?;
    sqlx::query(
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         SELECT learner_id, run_id, 'active', 1, '2025-01-01'::timestamptz + learner_id % 365 * interval '1 day', 1
         FROM generate_series(1, $1) AS learner_id, runs",
    )
    .bind(learners)
    .execute(&mut conn)
    .await?;
    let mut random = StdRng::seed_from_u64(2026);
    let mut told = Vec::new();
    for learner in 1..=learners {
        told.extend(story(LearnerId::try_from(learner)?, &mut random)?);
    }
    told.shuffle(&mut random);
    Ok((conn, told))
}
