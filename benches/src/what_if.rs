//! What a preview of a run's learners costs.

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use lp_devstack::Postgres;
use lp_domain::{Fact, FactValue, LearnerId, PathDetails, PathId, Ratio, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{Catalogue, FactTelling, Tellings};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{Executor as _, PgConnection, PgPool};

use crate::apart::apart;
use crate::figure::{Figure, median, print};
use crate::what_if_part::{Answer, course, current};

/// The run of all learners, and that of a tenth of them.
pub(crate) const RUNS: [&str; 2] = ["path-v1:BenchX+WI+all+open", "path-v1:BenchX+WI+tenth+open"];
/// Courses of the run, and others in which its learners are.
const COURSES: usize = 6;
/// Learners whose facts come in one batch.
const BATCH: i64 = 500;

#[derive(Args)]
pub(crate) struct WhatIf {
    /// Learners in the run.
    #[arg(long, default_value_t = 100_000)]
    learners: i64,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &WhatIf) -> anyhow::Result<()> {
    let WhatIf { learners, rounds, json } = *options;
    ensure!(learners >= 1_000 && rounds >= 1, "too few to say anything");
    eprintln!("starting Postgres, writing what {learners} learners did …");
    let postgres = Postgres::start_durable().await?;
    let url = postgres.create_database("what_if").await?;
    fill(&url, learners).await?;

    let (mut previews, mut bare, mut memory, mut tenth) = (vec![], vec![], vec![], vec![]);
    for round in 0..rounds {
        let all = part("preview", RUNS[0], &url).await?;
        let few = part("preview", RUNS[1], &url).await?;
        ensure!((all.learners, few.learners) == (learners, learners / 10), "not all were looked at");
        ensure!(
            all.affected > all.learners / 10 && all.affected < all.learners,
            "a preview that says nothing"
        );
        let read = part("bare", RUNS[0], &url).await?;
        ensure!(read.learners == learners, "not the same rows");
        previews.push(all.seconds);
        bare.push(read.seconds);
        memory.push(all.mebibytes);
        tenth.push(few.mebibytes);
        eprintln!(
            "round {}: preview {:.1} s, {} of {learners} affected, bare read {:.1} s; {:.1} MiB, of a tenth {:.1} MiB",
            round + 1,
            all.seconds,
            all.affected,
            read.seconds,
            all.mebibytes,
            few.mebibytes
        );
    }
    let moved = part("move", RUNS[0], &url).await?;
    let (preview, bare) = (median(&mut previews), median(&mut bare));
    let (memory, tenth) = (median(&mut memory), median(&mut tenth));
    print(
        &[
            Figure::at_most("what_if_preview", preview, "s", 20.0),
            Figure::plain("what_if_bare_read", bare, "s"),
            Figure::plain("what_if_preview_to_bare_read", preview / bare, "times"),
            Figure::plain("what_if_resident_memory", memory, "MiB"),
            Figure::at_most("what_if_memory_to_a_tenth_of_learners", memory / tenth, "times", 1.2),
            Figure::plain("what_if_move", moved.seconds, "s"),
            Figure::plain("what_if_move_resident_memory", moved.mebibytes, "MiB"),
        ],
        json,
    )
}

/// One measurement in a process of its own, so that its memory is its own.
async fn part(what: &str, run: &str, url: &str) -> anyhow::Result<Answer> {
    apart(&["what-if-part", "--what", what, "--run", run, "--url", url]).await
}

async fn fill(url: &str, learners: i64) -> anyhow::Result<()> {
    let pool = PgPool::connect(url).await?;
    lp_progress_store::migrate(&pool).await?;
    let mut conn = lp_postgres::writer(url.parse()?, "bench-what-if", 1).acquire().await?.detach();
    let (id, by) = (PathId::new("BenchX", "WI")?, By::command("bench"));
    let path = Path { id, title: "What if".into(), details: PathDetails::default() };
    put_path(&mut conn, &by, &path).await?;
    for (key, many) in RUNS.into_iter().zip([learners, learners / 10]) {
        let (run, policy) = (RunKey::parse(key)?, RunPolicy::default());
        put_run(&mut conn, &by, &run, &policy, &current()?).await?;
        sqlx::query(
            "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
             SELECT learner_id, run_id, 'active', 1, '2026-01-01', 1
             FROM generate_series(1, $1) AS learner_id, runs WHERE run_key = $2",
        )
        .bind(many)
        .bind(key)
        .execute(&mut conn)
        .await?;
    }
    let (mut random, mut catalogue) = (StdRng::seed_from_u64(2026), Catalogue::default());
    for first in (1..=learners).step_by(usize::try_from(BATCH)?) {
        let mut tellings = Tellings::default();
        for learner in first..=learners.min(first + BATCH - 1) {
            tellings.facts.extend(story(LearnerId::try_from(learner)?, &mut random)?);
        }
        apply(&mut conn, &mut catalogue, &tellings).await?;
    }
    pool.execute("VACUUM ANALYZE").await?;
    pool.execute("CHECKPOINT").await?;
    pool.close().await;
    Ok(())
}

async fn apply(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    tellings: &Tellings,
) -> anyhow::Result<()> {
    let mut tx = sqlx::Connection::begin(conn).await?;
    lp_progress_store::apply(&mut tx, catalogue, tellings, Timestamp::try_from(Utc::now())?).await?;
    Ok(tx.commit().await?)
}

/// A grade in every course, and in most of them a pass.
pub(crate) fn story(learner: LearnerId, random: &mut StdRng) -> anyhow::Result<Vec<FactTelling>> {
    let mut told = Vec::new();
    for number in 0..COURSES {
        let context: lp_domain::ContextKey = course(number).try_into()?;
        let passing = random.random_bool(0.8);
        let grade = Ratio::try_from(if passing { 0.8 } else { 0.3 })?;
        let at =
            DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(random.random_range(29_000_000..29_500_000));
        for value in [FactValue::Grade { grade }, FactValue::Passing { passing }] {
            let id = uuid::Builder::from_random_bytes(random.random()).into_uuid();
            let fact = Fact { learner, context: context.clone(), at: Timestamp::try_from(at)?, id, value };
            told.push(FactTelling { fact, message: 0, traceparent: None });
        }
    }
    Ok(told)
}
