//! Learners of a run who are late, or of whom nothing was heard for long.

use chrono::NaiveDate;
use lp_domain::{Schedule, TimeStatus, Timestamp, timing};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::timestamp;

/// A learner at risk: active in a run that has not closed, and not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRisk {
    /// LMS user id.
    pub learner_id: i64,
    /// The day of their newest fact, or of the beginning of their attempt.
    pub last_on: NaiveDate,
    /// Since when they are overdue, if they are.
    pub late_since: Option<Timestamp>,
    /// Whether nothing was heard since the day asked about.
    pub is_inactive: bool,
}

/// Up to `limit` learners of a run after `after`, by the day of their last fact and their id: those who are late, and those whose
/// last fact is of `inactive` or before. An index gives both kinds in this order.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_at_risk(
    conn: &mut PgConnection,
    run_key: &str,
    inactive: NaiveDate,
    after: (NaiveDate, i64),
    limit: i64,
) -> sqlx::Result<Vec<AtRisk>> {
    let rows = sqlx::query!(
        r#"WITH run AS MATERIALIZED (SELECT run_id, schedule FROM runs WHERE run_key = $1), page AS (
               SELECT * FROM (
                   (SELECT learner_id, run_id, late, last_on FROM report_contributions
                    WHERE run_id = (SELECT run_id FROM run) AND late AND last_on IS NOT NULL AND (last_on, learner_id) > ($3, $4)
                    ORDER BY last_on, learner_id LIMIT $5)
                   UNION ALL
                   (SELECT learner_id, run_id, late, last_on FROM report_contributions
                    WHERE run_id = (SELECT run_id FROM run) AND NOT late AND last_on <= $2 AND (last_on, learner_id) > ($3, $4)
                    ORDER BY last_on, learner_id LIMIT $5)
               ) AS either
               ORDER BY last_on, learner_id LIMIT $5
           )
           SELECT p.learner_id AS "learner_id!", p.late AS "late!", p.last_on AS "last_on!", e.attempt_started_at,
                  run.schedule AS "schedule: Json<Schedule>"
           FROM page p
           JOIN enrolments e ON e.learner_id = p.learner_id AND e.run_id = p.run_id
           JOIN run ON run.run_id = p.run_id
           ORDER BY p.last_on, p.learner_id"#,
        run_key,
        inactive,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let decoded = rows.into_iter().map(|row| {
        let began = timestamp(row.attempt_started_at)?;
        let since = || timing::since(&row.schedule, began, TimeStatus::Overdue);
        Ok(AtRisk {
            learner_id: row.learner_id,
            last_on: row.last_on,
            late_since: row.late.then(since).flatten(),
            is_inactive: row.last_on <= inactive,
        })
    });
    decoded.collect()
}
