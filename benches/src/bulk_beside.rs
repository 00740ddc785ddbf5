//! What comes from the bus while many people are enrolled.

use std::pin::pin;
use std::time::Instant;

use anyhow::ensure;
use chrono::Utc;
use lp_domain::{LearnerId, Timestamp};
use lp_progress_store::{Catalogue, Tellings};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sqlx::{Connection as _, PgConnection};

use crate::what_if::story;

/// The first learner whose facts come; those of the job come before.
const FIRST: i64 = 1_000_001;
/// Learners whose facts come in one batch.
const BATCH: i64 = 100;

/// Facts a second that are taken in alone, for about as long as a job takes, and those while `job` is done; each learner of whom
/// they are is in the run.
pub(crate) async fn measure(
    url: &str,
    run: &str,
    job: impl Future<Output = anyhow::Result<(f64, f64)>>,
) -> anyhow::Result<(f64, f64, f64)> {
    let mut conn = lp_postgres::writer(url.parse()?, "bench-beside", 1).acquire().await?.detach();
    let mut beside =
        Beside { catalogue: Catalogue::default(), random: StdRng::seed_from_u64(7), next: FIRST };
    let begun = Instant::now();
    let mut facts = 0;
    while begun.elapsed().as_secs_f64() < 8.0 {
        facts += beside.batch(&mut conn, run).await?;
    }
    let alone = per_second(facts, begun);

    let (mut job, mut facts, begun) = (pin!(job), 0, Instant::now());
    let seconds = loop {
        tokio::select! {
            biased;
            done = &mut job => break done?.0,
            more = beside.batch(&mut conn, run) => facts += more?,
        }
    };
    ensure!(facts > 0, "nothing was taken in meanwhile");
    Ok((alone, per_second(facts, begun), seconds))
}

#[expect(clippy::cast_precision_loss, reason = "a count of facts of some seconds")]
fn per_second(facts: usize, since: Instant) -> f64 {
    facts as f64 / since.elapsed().as_secs_f64()
}

struct Beside {
    catalogue: Catalogue,
    random: StdRng,
    next: i64,
}

impl Beside {
    /// Takes in what some learners did who were never heard of before; how many facts.
    async fn batch(&mut self, conn: &mut PgConnection, run: &str) -> anyhow::Result<usize> {
        let first = self.next;
        self.next += BATCH;
        let mut tx = conn.begin().await?;
        sqlx::query(
            "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
             SELECT learner_id, run_id, 'active', 1, '2026-01-01', 1
             FROM generate_series($1::bigint, $2) AS learner_id, runs WHERE run_key = $3",
        )
        .bind(first)
        .bind(self.next - 1)
        .bind(run)
        .execute(&mut *tx)
        .await?;
        let mut tellings = Tellings::default();
        for learner in first..self.next {
            tellings.facts.extend(story(LearnerId::try_from(learner)?, &mut self.random)?);
        }
        let now = Timestamp::try_from(Utc::now())?;
        let outcome = lp_progress_store::apply(&mut tx, &mut self.catalogue, &tellings, now).await?;
        tx.commit().await?;
        ensure!(outcome.new_facts == tellings.facts.len(), "not all facts were new");
        Ok(tellings.facts.len())
    }
}
