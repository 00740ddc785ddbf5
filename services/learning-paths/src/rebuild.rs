//! `rebuild [--check]`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use indicatif::{ProgressBar, ProgressStyle};
use lp_domain::Timestamp;
use lp_progress_store::authoring::rejudge_next;
use lp_progress_store::{Catalogue, Difference, StoreError};
use lp_runtime::Need;
use sqlx::{PgConnection, PgPool};

use crate::start;

/// Learners in one transaction: the consumer waits for their locks.
const BATCH: i64 = 200;

/// How often a batch is tried that lost its connection or a deadlock.
const TRIES: u32 = 5;

/// Whether what differs is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

pub(crate) async fn run(check: bool) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[Need::ProgressDatabase])?;
    start::telemetry(&settings)?;
    let pool = start::pool(settings.databases.progress()?).await?;
    let mode = if check { Mode::Check } else { Mode::Write };
    let differences = everybody(&pool, mode).await?;
    let counts = counts(&pool, mode).await?;
    for Difference { learner_id, facts, verdicts, reports } in &differences {
        let what = [(*facts, "facts"), (*verdicts, "verdicts"), (*reports, "what reports count")];
        let what: Vec<&str> =
            what.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect();
        println!("learner {learner_id}: {} differed", what.join(" and "));
    }
    if counts > 0 {
        println!("{counts} count(s) of reports differed from the learners that they count");
    }
    let is_right = differences.is_empty() && counts == 0;
    match (mode, differences.len()) {
        _ if is_right => println!("all projections are as the journal says"),
        (Mode::Check, many) => println!("{many} learner(s) differ; `learning-paths rebuild` mends them"),
        (Mode::Write, many) => println!("{many} learner(s) differed and were mended"),
    }
    Ok(if mode == Mode::Check && !is_right { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Reports' counts anew; how many differed.
async fn counts(pool: &PgPool, mode: Mode) -> anyhow::Result<i64> {
    let mut tx = pool.begin().await?;
    let differed = lp_progress_store::recount_reports(&mut tx).await?;
    match mode {
        Mode::Write => tx.commit().await?,
        Mode::Check => tx.rollback().await?,
    }
    Ok(differed)
}

/// Every learner's projections anew; who differed.
pub(crate) async fn everybody(pool: &PgPool, mode: Mode) -> anyhow::Result<Vec<Difference>> {
    let mut catalogue = Catalogue::default();
    let differences = in_batches(pool, mode, async |conn, after, now| {
        lp_progress_store::rebuild(conn, &mut catalogue, after, BATCH, now).await
    });
    Ok(differences.await?.into_iter().flatten().collect())
}

/// Judges the learners anew who wait for it, since a run judges by another rule than before.
pub(crate) async fn waiting(pool: &PgPool) -> anyhow::Result<()> {
    let mut catalogue = Catalogue::default();
    let outcomes = in_batches(pool, Mode::Write, async |conn, _, now| {
        let judged = rejudge_next(conn, &mut catalogue, now).await?;
        Ok((judged.map(|_| 0), ()))
    });
    outcomes.await?;
    Ok(())
}

/// One transaction after the other, each going on after the learner at whom the one before it ended; what each gave.
async fn in_batches<T>(
    pool: &PgPool,
    mode: Mode,
    mut work: impl AsyncFnMut(&mut PgConnection, i64, Timestamp) -> Result<(Option<i64>, T), StoreError>,
) -> anyhow::Result<Vec<T>> {
    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {pos} learners, {per_sec}, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    let (mut all, mut after, mut tried) = (vec![], 0, 1);
    loop {
        let attempt = async {
            let mut tx = pool.begin().await?;
            let now = Timestamp::try_from(Utc::now()).map_err(sqlx::Error::decode)?;
            let done = work(&mut tx, after, now).await?;
            match mode {
                Mode::Write => tx.commit().await?,
                Mode::Check => tx.rollback().await?,
            }
            Ok::<_, StoreError>(done)
        };
        match attempt.await {
            Ok((None, _)) => break,
            Ok((Some(last), gave)) => {
                (after, tried) = (last, 1);
                all.push(gave);
                bar.inc(BATCH.unsigned_abs());
            }
            Err(error) if error.is_transient() && tried < TRIES => {
                tracing::warn!(tried, "a batch is tried again");
                tokio::time::sleep(Duration::from_millis(200) * tried).await;
                tried += 1;
            }
            Err(error) => return Err(error).context("broken off; run it again"),
        }
    }
    bar.finish_and_clear();
    Ok(all)
}
