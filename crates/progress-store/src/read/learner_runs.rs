//! A learner's runs.

use chrono::{DateTime, Utc};
use lp_domain::{Achievement, Completion, EnrolmentState};
use sqlx::PgConnection;

use super::columns::{CompletionColumns, achievement, completion, enrolment_state};

/// How far a learner is in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerRun {
    /// `path-v1:…`.
    pub run_key: String,
    /// The path's title.
    pub title: String,
    /// Where the enrolment stands.
    pub enrolment_state: EnrolmentState,
    /// The attempt, from 1.
    pub attempt: i32,
    /// When the learner was first enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// The revision that the learner is judged by.
    pub revision: i32,
    /// By the rule of the run.
    pub achievement: Achievement,
    /// 0 to 1.
    pub progress: f64,
    /// 0 to 1, if known.
    pub grade: Option<f64>,
    /// The date of the fact that met the rule.
    pub completed_at: Option<DateTime<Utc>>,
    /// What the world was last told of this attempt.
    pub completion: Option<Completion>,
    /// When the judgement or the enrolment last changed.
    pub updated_at: DateTime<Utc>,
}

/// Up to `limit` runs of a learner, in paths of these organisations or of all, with keys after `after`, in the order of their keys (byte by byte).
///
/// # Errors
/// When the database cannot answer.
pub async fn list_learner_runs(
    conn: &mut PgConnection,
    learner_id: i64,
    orgs: Option<&[String]>,
    after: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<LearnerRun>> {
    let rows = sqlx::query!(
        r#"SELECT runs.run_key, paths.title,
                  e.state, e.attempt, COALESCE(i.opened_at, e.attempt_started_at) AS "enrolled_at!",
                  COALESCE(p.revision, e.revision) AS "revision!",
                  COALESCE(p.achievement, 0::smallint) AS "achievement!", COALESCE(p.progress, 0) AS "progress!",
                  p.grade, p.completed_at, GREATEST(p.updated_at, e.updated_at) AS "updated_at!",
                  c.completion_id AS "completion_id?", c.sequence AS "sequence?", c.completed_at AS "told_at?",
                  c.state AS "completion_state?", c.state_at
           FROM enrolments e
           JOIN runs USING (run_id)
           JOIN paths USING (path_id)
           LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
           LEFT JOIN LATERAL (
               SELECT opened_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
               ORDER BY opened_at LIMIT 1
           ) i ON true
           LEFT JOIN LATERAL (
               SELECT completion_id, sequence, completed_at, state, state_at FROM completions
               WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = e.attempt
               ORDER BY sequence DESC LIMIT 1
           ) c ON true
           WHERE e.learner_id = $1 AND ($2::text[] IS NULL OR paths.org = ANY($2))
               AND ($3::text IS NULL OR runs.run_key COLLATE "C" > $3)
           ORDER BY runs.run_key COLLATE "C"
           LIMIT $4"#,
        learner_id,
        orgs,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let decoded = rows.into_iter().map(|row| {
        Ok(LearnerRun {
            run_key: row.run_key,
            title: row.title,
            enrolment_state: enrolment_state(&row.state)?,
            attempt: row.attempt,
            enrolled_at: row.enrolled_at,
            revision: row.revision,
            achievement: achievement(row.achievement)?,
            progress: row.progress,
            grade: row.grade,
            completed_at: row.completed_at,
            completion: completion(CompletionColumns {
                completion_id: row.completion_id,
                sequence: row.sequence,
                completed_at: row.told_at,
                state: row.completion_state,
                state_at: row.state_at,
            })?,
            updated_at: row.updated_at,
        })
    });
    decoded.collect()
}
