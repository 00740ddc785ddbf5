//! What goes on beside requests: jobs, learners judged anew after a change, gaps recorded, invitations claimed, old answers
//! forgotten.

use std::time::Duration;

use chrono::TimeDelta;
use lp_progress_store::authoring::{postpone_rejudgement, rejudge_next};
use lp_progress_store::gaps::heal_next;
use lp_progress_store::invitations::sweep_claims;
use lp_progress_store::jobs::{postpone_job, work_on_a_job};
use lp_progress_store::{Catalogue, ClaimKey, StoreError, idempotency};
use lp_runtime::work::{Work, every};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::http::now;

/// How often is looked for something to do that people wait for.
const SOON: Duration = Duration::from_millis(250);
/// How often is looked for something to do that nobody waits for.
const SELDOM: Duration = Duration::from_mins(15);

/// Rows of a job that are done in one transaction: the consumer waits for their learners' locks.
const JOB_ROWS: u32 = 2_000;
/// Profiles that are looked at in one transaction.
const PROFILES: i64 = 5_000;
/// How long an answer to a request with an idempotency key is kept, in hours.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Works until `cancel`; several may work at once.
pub(crate) async fn run(pool: &PgPool, claims: Option<&ClaimKey>, cancel: &CancellationToken) {
    tokio::join!(
        every(SOON, Judging(Catalogue::default()), pool, cancel),
        every(SOON, Jobs(Catalogue::default(), claims.cloned()), pool, cancel),
        every(SOON, Healing(Catalogue::default()), pool, cancel),
        every(SELDOM, Claiming(Catalogue::default(), claims.cloned()), pool, cancel),
        every(SELDOM, Forgetting, pool, cancel),
    );
}

struct Judging(Catalogue);

impl Work for Judging {
    type Error = StoreError;

    const FAILED: &'static str = "learners were not judged anew; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        Ok(rejudge_next(conn, &mut self.0, now()?).await?.is_some())
    }

    async fn postpone(conn: &mut PgConnection) -> Result<(), StoreError> {
        postpone_rejudgement(conn).await
    }
}

struct Jobs(Catalogue, Option<ClaimKey>);

impl Work for Jobs {
    type Error = StoreError;

    const FAILED: &'static str = "a job was not worked on; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        // Boxed, as it is a large future within all others of the service.
        let worked = Box::pin(work_on_a_job(conn, &mut self.0, self.1.as_ref(), JOB_ROWS, now()?)).await?;
        Ok(worked.inspect(|worked| tracing::debug!(?worked, "a job was worked on")).is_some())
    }

    async fn postpone(conn: &mut PgConnection) -> Result<(), StoreError> {
        postpone_job(conn).await
    }
}

struct Healing(Catalogue);

impl Work for Healing {
    type Error = StoreError;

    const FAILED: &'static str = "gaps were not recorded; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        let healed = Box::pin(heal_next(conn, &mut self.0, now()?)).await?;
        let facts = healed.as_ref().map_or(0, |healed| healed.facts);
        metrics::counter!("lp_gaps_healed_total").increment(facts);
        Ok(healed.is_some())
    }
}

struct Claiming(Catalogue, Option<ClaimKey>);

impl Work for Claiming {
    type Error = StoreError;

    const FAILED: &'static str = "invitations were not looked through; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        match &self.1 {
            Some(key) => sweep_claims(conn, &mut self.0, key, PROFILES, now()?).await,
            None => Ok(false),
        }
    }
}

struct Forgetting;

impl Work for Forgetting {
    type Error = StoreError;

    const FAILED: &'static str = "old answers were not forgotten; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        idempotency::sweep(conn, TimeDelta::hours(ANSWERS_KEPT_HOURS)).await?;
        Ok(false)
    }
}
