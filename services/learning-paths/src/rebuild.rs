//! `rebuild [--check]`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use indicatif::{ProgressBar, ProgressStyle};
use lp_domain::Timestamp;
use lp_progress_store::{Catalogue, Difference};
use lp_runtime::Need;
use sqlx::PgPool;

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
    for Difference { learner_id, facts, verdicts } in &differences {
        let what = match (facts, verdicts) {
            (true, true) => "facts and verdicts",
            (true, false) => "facts",
            _ => "verdicts",
        };
        println!("learner {learner_id}: {what} differed");
    }
    match (mode, differences.len()) {
        (_, 0) => println!("all projections are as the journal says"),
        (Mode::Check, many) => println!("{many} learner(s) differ; `learning-paths rebuild` mends them"),
        (Mode::Write, many) => println!("{many} learner(s) differed and were mended"),
    }
    Ok(if mode == Mode::Check && !differences.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every learner's projections anew, a batch in a transaction; who differed.
pub(crate) async fn everybody(pool: &PgPool, mode: Mode) -> anyhow::Result<Vec<Difference>> {
    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {pos} learners, {per_sec}, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut catalogue = Catalogue::default();
    let (mut all, mut after) = (vec![], 0);
    loop {
        let (last, differences) = batch(pool, &mut catalogue, after, mode).await?;
        all.extend(differences);
        let Some(last) = last else { break };
        after = last;
        bar.inc(u64::try_from(BATCH)?);
    }
    bar.finish_and_clear();
    Ok(all)
}

async fn batch(
    pool: &PgPool,
    catalogue: &mut Catalogue,
    after: i64,
    mode: Mode,
) -> anyhow::Result<(Option<i64>, Vec<Difference>)> {
    for tried in 1.. {
        let attempt = async {
            let mut tx = pool.begin().await?;
            let now = Timestamp::try_from(Utc::now()).map_err(sqlx::Error::decode)?;
            let rebuilt = lp_progress_store::rebuild(&mut tx, catalogue, after, BATCH, now).await?;
            match mode {
                Mode::Write => tx.commit().await?,
                Mode::Check => tx.rollback().await?,
            }
            Ok::<_, lp_progress_store::StoreError>(rebuilt)
        };
        match attempt.await {
            Err(error) if error.is_transient() && tried < TRIES => {
                tracing::warn!(tried, "a batch is tried again");
                tokio::time::sleep(Duration::from_millis(200) * tried).await;
            }
            done => return done.context("the rebuild broke off; run it again"),
        }
    }
    unreachable!("the loop has no end but its returns")
}
