//! Runs whose learners are to be judged by another rule than before: rows, so that no crash forgets them.

use lp_domain::{RunKey, Timestamp};
use sqlx::PgConnection;

use crate::{Catalogue, Outcome, StoreError, rebuild};

/// Learners judged in one transaction: the consumer waits for their locks.
const PORTION: i64 = 200;

/// Has a run's learners judged anew, from the first on.
pub(super) async fn request(conn: &mut PgConnection, run_id: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO rejudgements (run_id) VALUES ($1)
         ON CONFLICT (run_id) DO UPDATE SET after_learner_id = 0, requested_at = now()",
        run_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the run that waits longest behind the others, after judging its learners failed: so that it holds up none of them.
///
/// # Errors
/// When the database refuses.
pub async fn postpone_rejudgement(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE rejudgements SET requested_at = clock_timestamp() WHERE run_id = (
             SELECT run_id FROM rejudgements ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Judges the next few learners anew who wait for it, and says of which run they are; `None` when none waits whom nobody else
/// is just judging. Several may do this at once, each in a transaction of its own.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn rejudge_next(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    now: Timestamp,
) -> Result<Option<(RunKey, Outcome)>, StoreError> {
    let next = sqlx::query!(
        "SELECT run_id, after_learner_id, run_key FROM rejudgements JOIN runs USING (run_id)
         ORDER BY requested_at LIMIT 1 FOR UPDATE OF rejudgements SKIP LOCKED",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(next) = next else { return Ok(None) };
    let run = RunKey::parse(&next.run_key).map_err(StoreError::corrupt("a run key"))?;
    let (last, outcome) =
        rebuild::rejudge(conn, catalogue, &run, next.after_learner_id, PORTION, now).await?;
    match last {
        Some(last) => {
            sqlx::query!(
                "UPDATE rejudgements SET after_learner_id = $2 WHERE run_id = $1",
                next.run_id,
                last,
            )
            .execute(conn)
            .await?;
        }
        None => {
            sqlx::query!("DELETE FROM rejudgements WHERE run_id = $1", next.run_id).execute(conn).await?;
        }
    }
    Ok(Some((run, outcome)))
}
