//! Changes of many credentials, worked on portion by portion.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::by_hand::{Became, Refusal, change, give};
use super::secrets::Secrets;
use super::work::IssueError;
use crate::store::award_id;
use crate::store::by_hand::Gift;
use crate::store::issuing::due::Names;
use crate::store::jobs::{Asked, Portion, RowOutcome, finish_portion, next_portion, postpone_job};

/// Rows that are done in one transaction: the consumer waits for their learners' locks.
const ROWS: i64 = 200;
/// How often is looked for something to do.
const IDLE: Duration = Duration::from_millis(250);

/// Works until `cancel`. Each portion is a transaction of its own, so a process that ends leaves the rest to the next; several
/// may work at once.
pub async fn run_jobs(pool: &PgPool, secrets: &Secrets, cancel: &CancellationToken) {
    while !cancel.is_cancelled() {
        match portion(pool, secrets).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "a job was not worked on; tried again");
                // The next one's turn. A database that is away cannot be told, and need not be.
                let _ = async { postpone_job(&mut *pool.acquire().await?).await }.await;
            }
        }
        cancel.run_until_cancelled(tokio::time::sleep(IDLE)).await;
    }
}

/// Does some of it; whether there was any.
async fn portion(pool: &PgPool, secrets: &Secrets) -> Result<bool, IssueError> {
    let mut tx = pool.begin().await?;
    match work_on_a_job(&mut tx, secrets, ROWS, Utc::now()).await {
        Ok(worked) => {
            tx.commit().await?;
            Ok(worked.is_some())
        }
        Err(error) => {
            // Ended here and now, so that its job is free to be put off.
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// Does up to `limit` rows of the job that has waited longest since its last turn, in the caller's transaction: what is committed is
/// done, what is not is done by whoever comes next. Says how many rows; `None` when no job waits that nobody else is just at.
///
/// # Errors
/// See [`IssueError`]; roll back then.
pub async fn work_on_a_job(
    conn: &mut PgConnection,
    secrets: &Secrets,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Option<usize>, IssueError> {
    let Some(portion) = next_portion(conn, limit).await? else { return Ok(None) };
    let mut inner = conn.begin().await?;
    let outcomes = outcomes(&mut inner, secrets, &portion, now).await?;
    if portion.dry_run {
        inner.rollback().await?;
    } else {
        inner.commit().await?;
    }
    finish_portion(conn, &portion, &outcomes).await?;
    Ok(Some(outcomes.len()))
}

/// Does the rows, and says what became of each.
async fn outcomes(
    conn: &mut PgConnection,
    secrets: &Secrets,
    portion: &Portion,
    now: DateTime<Utc>,
) -> Result<Vec<RowOutcome>, IssueError> {
    let by = portion.by();
    match &portion.asked {
        Asked::Gifts(gifts) => {
            let gifts: Vec<(Gift, Option<Names>)> = gifts.iter().map(|gift| (gift.clone(), None)).collect();
            let given = give(conn, &by, secrets, &gifts, now).await?;
            Ok(given.into_iter().map(|one| of_gift(one, portion.dry_run)).collect())
        }
        Asked::Changes(wish, ids) => {
            let changed = change(conn, &by, *wish, ids, now).await?;
            Ok(changed.into_iter().map(of_change).collect())
        }
    }
}

fn of_gift(given: Result<Uuid, Refusal>, dry_run: bool) -> RowOutcome {
    match given {
        // Of a dry run there is none.
        Ok(completion_id) => {
            let award_id = Some(award_id(completion_id)).filter(|_| !dry_run);
            RowOutcome { word: "done", detail: None, award_id }
        }
        Err(refusal) => refused(&refusal),
    }
}

fn of_change(changed: Result<Became, Refusal>) -> RowOutcome {
    match changed {
        Ok(Became::Done) => RowOutcome { word: "done", detail: None, award_id: None },
        Ok(Became::Unchanged) => RowOutcome { word: "unchanged", detail: None, award_id: None },
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> RowOutcome {
    RowOutcome { word: "refused", detail: Some(refusal.to_string()), award_id: None }
}
