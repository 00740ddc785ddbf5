//! Differences added to the totals.

use sqlx::PgConnection;

use crate::StoreError;

/// Adds up to `limit` rows of differences to the totals, and says how many; call it until it is fewer. Several may do this at once: each
/// takes rows that no other has, and totals in one order.
///
/// # Errors
/// When the database refuses.
pub async fn fold_reports(conn: &mut PgConnection, limit: i64) -> Result<i64, StoreError> {
    let folded = sqlx::query_scalar!(
        r#"WITH taken AS (
               DELETE FROM report_deltas WHERE delta_id = ANY (ARRAY(
                   SELECT delta_id FROM report_deltas ORDER BY delta_id LIMIT $1 FOR UPDATE SKIP LOCKED
               ))
               RETURNING run_id, measures, days, revisions, points, learners
           ), summed AS (
               SELECT t.run_id, n.measure, n.day, n.revision, n.point, sum(n.learners)::bigint AS learners
               FROM taken t, unnest(t.measures, t.days, t.revisions, t.points, t.learners)
                    AS n (measure, day, revision, point, learners)
               GROUP BY 1, 2, 3, 4, 5 HAVING sum(n.learners) <> 0
           ), folded AS (
               INSERT INTO report_totals AS t (run_id, measure, day, revision, point, learners)
               SELECT run_id, measure, day, revision, point, learners FROM summed ORDER BY 1, 2, 3, 4, 5
               ON CONFLICT (run_id, measure, day, revision, point) DO UPDATE SET learners = t.learners + excluded.learners
           )
           SELECT count(*) AS "count!" FROM taken"#,
        limit,
    )
    .fetch_one(conn)
    .await?;
    Ok(folded)
}
