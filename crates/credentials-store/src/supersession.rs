//! An award earned again stands in for the revoked one before it.

use sqlx::PgConnection;
use uuid::Uuid;

/// Works out anew, for the learners and runs of these completions, which award supersedes which: the one before it,
/// if that was revoked, or what was issued for it was by staff. Nothing is carried over from what was linked earlier, so order of
/// arrival does not matter. An award by hand belongs to no attempt: it stands after all that was told before it.
pub(crate) async fn link(conn: &mut PgConnection, completion_ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH touched AS (
             SELECT DISTINCT learner_id, run_key FROM awards WHERE completion_id = ANY($1)
         ), placed AS (
             SELECT a.completion_id, learner_id, run_key, award_id, told_at,
                    a.status = 'revoked' OR coalesce(c.by_hand = 'revoked', false) AS is_revoked,
                    CASE WHEN a.by_hand
                         THEN coalesce(max(attempt) FILTER (WHERE NOT a.by_hand) OVER told_by_then, 1)
                         ELSE attempt END AS attempt
             FROM awards a JOIN touched USING (learner_id, run_key)
             LEFT JOIN (SELECT completion_id, by_hand FROM credentials) c USING (completion_id)
             WINDOW told_by_then AS (PARTITION BY learner_id, run_key ORDER BY told_at, a.completion_id)
         ), chain AS (
             SELECT completion_id,
                    LAG(award_id) OVER following AS previous_id,
                    LAG(is_revoked) OVER following AS previous_is_revoked
             FROM placed
             WINDOW following AS (PARTITION BY learner_id, run_key ORDER BY attempt, told_at, completion_id)
         ), link AS (
             SELECT completion_id, CASE WHEN previous_is_revoked THEN previous_id END AS supersedes
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
