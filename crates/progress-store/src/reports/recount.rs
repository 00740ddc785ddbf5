//! Counts held against what they count.

use sqlx::PgConnection;

use crate::StoreError;

/// Counts everybody's contributions anew, appends how the kept counts differ from that, and says how many did. It is one statement, so
/// it sees one moment, and whoever judges learners meanwhile goes on.
///
/// # Errors
/// When the database refuses.
pub async fn recount_reports(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let differing = sqlx::query_scalar!(
        r#"WITH counted AS (
               SELECT c.run_id, n.measure, n.day, c.revision, n.point, count(*) AS learners
               FROM report_contributions c
               CROSS JOIN LATERAL (
                   VALUES (0, c.enrolled_on, c.standing::integer),
                          (1, CASE WHEN c.started_on IS NOT NULL THEN c.enrolled_on END, 0),
                          (2, c.started_on, 0),
                          (3, c.completed_on, 0),
                          (4, CASE WHEN c.completed_on IS NOT NULL THEN c.enrolled_on END, c.completed_on - c.enrolled_on),
                          (7, CASE WHEN c.next_item IS NOT NULL THEN c.enrolled_on END, c.next_item),
                          (8, c.last_on, c.late::integer)
                   UNION ALL
                   SELECT m.measure, c.enrolled_on, (i.at - 1)::integer
                   FROM string_to_table(c.items, NULL) WITH ORDINALITY AS i (item, at)
                   JOIN (VALUES (5, '1'), (5, '2'), (6, '2')) AS m (measure, item) ON m.item = i.item
               ) AS n (measure, day, point)
               WHERE n.day IS NOT NULL
               GROUP BY 1, 2, 3, 4, 5
           ), kept AS (
               SELECT run_id, measure, day, revision, point, learners FROM report_totals
               UNION ALL
               SELECT d.run_id, n.measure, n.day, n.revision, n.point, n.learners
               FROM report_deltas d, unnest(d.measures, d.days, d.revisions, d.points, d.learners)
                    AS n (measure, day, revision, point, learners)
           ), differing AS (
               SELECT run_id, measure, day, revision, point, sum(learners)::integer AS learners
               FROM (SELECT * FROM counted
                     UNION ALL SELECT run_id, measure, day, revision, point, -learners FROM kept) AS both_of_them
               GROUP BY 1, 2, 3, 4, 5 HAVING sum(learners) <> 0
           ), appended AS (
               INSERT INTO report_deltas (run_id, measures, days, revisions, points, learners)
               SELECT run_id, array_agg(measure::smallint), array_agg(day), array_agg(revision), array_agg(point),
                      array_agg(learners)
               FROM differing GROUP BY run_id
           )
           SELECT count(*) AS "count!" FROM differing"#
    )
    .fetch_one(conn)
    .await?;
    Ok(differing)
}
