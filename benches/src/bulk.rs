//! What enrolling many people at once costs.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::Utc;
use clap::Args;
use lp_devstack::Postgres;
use lp_domain::{LearnerId, PathDetails, PathId, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::jobs::{NewJob, NewRow, Task, create_job, outcomes, work_on_a_job};
use lp_progress_store::{Again, Catalogue, Named, Wish};
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::apart::apart;
use crate::figure::{Figure, median, print};
use crate::ours::resident;
use crate::what_if_part::current;
use crate::{bulk_bare, bulk_beside};

const RUN: &str = "path-v1:BenchX+BULK+all+open";
/// Rows that are done in one transaction, as the service does them.
const PORTION: u32 = 2_000;

#[derive(Args)]
pub(crate) struct Bulk {
    /// Rows of the job.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

/// The rows of the one job of a database, done in a process of its own.
#[derive(Args)]
pub(crate) struct BulkPart {
    /// The database.
    #[arg(long)]
    url: String,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    seconds: f64,
    mebibytes: f64,
    rows: u32,
}

pub(crate) async fn run(options: &Bulk) -> anyhow::Result<()> {
    let Bulk { rows, rounds, json } = *options;
    ensure!(
        (1_000..=100_000).contains(&rows) && rounds >= 1,
        "too few to say anything, or more than a job has"
    );
    eprintln!("starting Postgres …");
    let postgres = Postgres::start_durable().await?;
    let (mut ours, mut bare, mut memory, mut tenth) = (vec![], vec![], vec![], vec![]);
    let (mut alone, mut meanwhile, mut beside) = (vec![], vec![], vec![]);
    for round in 0..rounds {
        let url = database(&postgres, &format!("bulk_{round}")).await?;
        let (seconds, mebibytes) = job(&url, rows).await?;
        let few = database(&postgres, &format!("few_{round}")).await?;
        let (_, of_tenth) = job(&few, rows / 10).await?;
        let empty = database(&postgres, &format!("bare_{round}")).await?;
        let (mut done, mut conn) = (PgConnection::connect(&url).await?, PgConnection::connect(&empty).await?);
        let copied = bulk_bare::measure(&mut done, &mut conn, rows).await?;
        eprintln!(
            "round {}: a job of {rows} rows {seconds:.1} s, bare COPY and INSERT {:.1} s; {mebibytes:.1} MiB, of a tenth {of_tenth:.1} MiB",
            round + 1,
            copied.as_secs_f64(),
        );
        let shared = database(&postgres, &format!("shared_{round}")).await?;
        let (undisturbed, during, shared) = bulk_beside::measure(&shared, RUN, job(&shared, rows)).await?;
        eprintln!(
            "round {}: {undisturbed:.0} facts/s taken in alone, {during:.0} during a job of {shared:.1} s",
            round + 1,
        );
        alone.push(undisturbed);
        meanwhile.push(during);
        beside.push(shared);
        ours.push(seconds);
        bare.push(copied.as_secs_f64());
        memory.push(mebibytes);
        tenth.push(of_tenth);
    }
    let (ours, bare, memory, tenth) =
        (median(&mut ours), median(&mut bare), median(&mut memory), median(&mut tenth));
    print(
        &[
            Figure::at_most("bulk_job", ours, "s", 10.0),
            Figure::plain("bulk_bare_copy_and_insert", bare, "s"),
            Figure::at_least("bulk_bare_to_job", bare / ours, "times", 0.4),
            Figure::plain("bulk_resident_memory", memory, "MiB"),
            Figure::at_most("bulk_memory_to_a_tenth_of_rows", memory / tenth, "times", 1.2),
            Figure::plain("bulk_job_beside_a_consumer", median(&mut beside), "s"),
            Figure::plain("bulk_facts_taken_in_alone", median(&mut alone), "1/s"),
            Figure::plain("bulk_facts_taken_in_during_a_job", median(&mut meanwhile), "1/s"),
        ],
        json,
    )
}

/// A database with one run, and nobody in it.
async fn database(postgres: &Postgres, name: &str) -> anyhow::Result<String> {
    let url = postgres.create_database(name).await?;
    let mut conn = PgConnection::connect(&url).await?;
    lp_progress_store::MIGRATOR.run(&mut conn).await?;
    let (run, by) = (RunKey::parse(RUN)?, By::command("bench"));
    let path = Path { id: PathId::from(&run), title: "Bulk".into(), details: PathDetails::default() };
    put_path(&mut conn, &by, &path).await?;
    put_run(&mut conn, &by, &run, &RunPolicy::default(), &current()?).await?;
    conn.execute("CHECKPOINT").await?;
    Ok(url)
}

/// A whole job: taken in here, done elsewhere. Seconds of both, and the memory of the second.
async fn job(url: &str, rows: u32) -> anyhow::Result<(f64, f64)> {
    let (run, wish) = (RunKey::parse(RUN)?, Wish::Enrol(Again::Resumed));
    let row = |user: u32| {
        let who = Named::UserId(LearnerId::try_from(i64::from(user))?);
        Ok(Ok(NewRow { who, task: Task::Enrolment { run: run.clone(), wish } }))
    };
    let staged = (1..=rows).map(row).collect::<anyhow::Result<_>>()?;
    let job = NewJob { job_id: Uuid::now_v7(), into_courses: false, dry_run: false, rows: staged };
    let mut conn = lp_postgres::writer(url.parse()?, "bench-bulk", 1).acquire().await?.detach();
    let begun = Instant::now();
    let mut tx = conn.begin().await?;
    create_job(&mut tx, &By::command("bench"), &job).await?;
    tx.commit().await?;
    let staged = begun.elapsed().as_secs_f64();
    let answer: Answer = apart(&["bulk-part", "--url", url]).await?;
    ensure!(answer.rows == rows, "not all rows were done");
    let outcomes = outcomes(&mut conn, job.job_id).await?;
    ensure!(outcomes == [("enrolled".to_owned(), i64::from(rows))], "not all were enrolled: {outcomes:?}");
    Ok((staged + answer.seconds, answer.mebibytes))
}

pub(crate) async fn part(part: &BulkPart) -> anyhow::Result<()> {
    let mut conn = lp_postgres::writer(part.url.parse()?, "bench-bulk", 1).acquire().await?.detach();
    let (mut catalogue, mut rows, begun) = (Catalogue::default(), 0, Instant::now());
    loop {
        let now = Timestamp::try_from(Utc::now())?;
        let mut tx = conn.begin().await?;
        let Some(worked) = work_on_a_job(&mut tx, &mut catalogue, None, PORTION, now).await? else { break };
        tx.commit().await?;
        rows += worked.rows;
    }
    let seconds: Duration = begun.elapsed();
    let mebibytes = resident(std::process::id())?;
    println!("{}", serde_json::to_string(&Answer { seconds: seconds.as_secs_f64(), mebibytes, rows })?);
    Ok(())
}
