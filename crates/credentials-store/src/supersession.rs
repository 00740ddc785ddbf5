//! An award earned again stands in for the revoked one before it.

use sqlx::PgConnection;
use uuid::Uuid;

/// Works out anew, for the learners and runs of these completions, which award supersedes which: the one before it,
/// if that was revoked. Nothing is carried over from what was linked earlier, so order of arrival does not matter.
pub(crate) async fn link(conn: &mut PgConnection, completion_ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH touched AS (
             SELECT DISTINCT learner_id, run_key FROM awards WHERE completion_id = ANY($1)
         ), chain AS (
             SELECT completion_id,
                    LAG(award_id) OVER following AS previous_id,
                    LAG(status) OVER following AS previous_status
             FROM awards JOIN touched USING (learner_id, run_key)
             WINDOW following AS (PARTITION BY learner_id, run_key ORDER BY attempt, told_at, completion_id)
         ), link AS (
             SELECT completion_id, CASE WHEN previous_status = 'revoked' THEN previous_id END AS supersedes
             FROM chain
         )
         UPDATE awards SET supersedes = link.supersedes
         FROM link
         WHERE awards.completion_id = link.completion_id AND awards.supersedes IS DISTINCT FROM link.supersedes",
        completion_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
