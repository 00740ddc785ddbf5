//! Changes of many credentials, worked on portion by portion.

use chrono::{DateTime, Utc};
use lp_runtime::work::{Work, every};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::by_hand::{Became, Refusal, change, give};
use super::secrets::Secrets;
use super::work::IssueError;
use super::worker::IDLE;
use crate::store::award_id;
use crate::store::by_hand::Gift;
use crate::store::issuing::due::Names;
use crate::store::jobs::{Asked, Portion, RowOutcome, finish_portion, next_portion, postpone_job};

/// Rows that are done in one transaction: the consumer waits for their learners' locks.
const ROWS: i64 = 200;

/// Works until `cancel`; several may work at once.
pub async fn run_jobs(pool: &PgPool, secrets: &Secrets, cancel: &CancellationToken) {
    every(IDLE, Jobs(secrets), pool, cancel).await;
}

struct Jobs<'a>(&'a Secrets);

impl Work for Jobs<'_> {
    type Error = IssueError;

    const FAILED: &'static str = "a job was not worked on; tried again";

    async fn portion(&mut self, conn: &mut PgConnection) -> Result<bool, IssueError> {
        Ok(work_on_a_job(conn, self.0, ROWS, Utc::now()).await?.is_some())
    }

    async fn postpone(conn: &mut PgConnection) -> Result<(), IssueError> {
        Ok(postpone_job(conn).await?)
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
