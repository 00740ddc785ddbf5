//! What goes on beside requests: learners judged anew after a change, and old answers forgotten.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use lp_domain::{RunKey, Timestamp};
use lp_progress_store::authoring::{postpone_rejudgement, rejudge_next};
use lp_progress_store::{Catalogue, StoreError, idempotency};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How often is looked for something to do.
const IDLE: Duration = Duration::from_secs(1);

/// How long an answer to a request with an idempotency key is kept, in hours.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Works until `cancel`. Each portion is a transaction of its own, so a process that ends leaves the rest to the next; several
/// may work at once.
pub(crate) async fn run(pool: &PgPool, cancel: CancellationToken) {
    let mut catalogue = Catalogue::default();
    while !cancel.is_cancelled() {
        match portion(pool, &mut catalogue).await {
            Ok(Some(run)) => {
                tracing::debug!(%run, "learners were judged anew");
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "learners were not judged anew; tried again");
                // The next one's turn. A database that is away cannot be told, and need not be.
                let _ = async { postpone_rejudgement(&mut *pool.acquire().await?).await }.await;
            }
        }
        cancel.run_until_cancelled(tokio::time::sleep(IDLE)).await;
    }
}

async fn portion(pool: &PgPool, catalogue: &mut Catalogue) -> Result<Option<RunKey>, StoreError> {
    let mut tx = pool.begin().await?;
    let now = Timestamp::try_from(Utc::now()).map_err(sqlx::Error::decode)?;
    let judged = match rejudge_next(&mut tx, catalogue, now).await {
        Ok(judged) => judged,
        Err(error) => {
            // Ended here and now, so that the row is free for what comes next.
            tx.rollback().await?;
            return Err(error);
        }
    };
    if judged.is_none() {
        idempotency::sweep(&mut tx, TimeDelta::hours(ANSWERS_KEPT_HOURS)).await?;
    }
    tx.commit().await?;
    Ok(judged.map(|(run, _)| run))
}
