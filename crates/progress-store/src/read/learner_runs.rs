//! A learner's runs.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use lp_domain::{
    Achievement, Completion, ContextKey, Definition, EnrolmentState, Schedule, TimeStatus, Timestamp,
    Verdict, next_item, timing,
};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::{achievement, completion, enrolment_state, timestamp};
use crate::states::CompletionColumns;

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
    /// The run's latest published one.
    pub latest_revision: i32,
    /// There is a later revision that they could be moved to: in a run that follows its latest they are without being moved.
    pub update_available: bool,
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
    /// When the judgement or the enrolment last changed; nothing of an earlier moment, as that is not kept.
    pub updated_at: Option<DateTime<Utc>>,
    /// What to take next; nothing for whoever is not learning, or in a run that has closed.
    pub next_item: Option<NextItem>,
    /// How the learner stands to the run's dates.
    pub time: Time,
    /// The moment of reading.
    pub as_of: Timestamp,
}

/// An item to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextItem {
    /// Its name within the definition.
    pub id: String,
    /// Its title on the path.
    pub title: String,
    /// Where to take it: its own context, or the first equivalent if that is gone.
    pub context_key: ContextKey,
}

impl NextItem {
    pub(super) fn of(
        state: EnrolmentState,
        time: &Time,
        definition: &Definition,
        verdict: &Verdict,
        is_gone: impl Fn(&ContextKey) -> bool,
    ) -> Option<Self> {
        if state != EnrolmentState::Active || time.status == TimeStatus::Closed {
            return None;
        }
        let item = next_item(definition, verdict, &is_gone)?;
        let context = item.contexts().find(|context| !is_gone(context))?;
        Some(Self { id: item.id.to_string(), title: item.title.clone(), context_key: context.clone() })
    }
}

/// How a learner stands to a run's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Where they stand.
    pub status: TimeStatus,
    /// The first instant at which they are late.
    pub due_at: Option<Timestamp>,
    /// The first instant whose facts do not count.
    pub closes_at: Option<Timestamp>,
}

impl Time {
    /// `told` is what the world was told, `by_rule` when the rule was met.
    pub(super) fn of(
        schedule: &Schedule,
        began: DateTime<Utc>,
        told: Option<&Completion>,
        by_rule: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Self> {
        let began = timestamp(began)?;
        let completed_at = Completion::date(told, by_rule.map(timestamp).transpose()?);
        Ok(Self {
            status: timing::status(schedule, began, completed_at, timestamp(now)?),
            due_at: schedule.due_at(began),
            closes_at: schedule.closes_at(),
        })
    }
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
        r#"SELECT runs.run_key, paths.title, runs.schedule AS "schedule: Json<Schedule>", e.attempt_started_at,
                  statement_timestamp() AS "as_of!", e.state, e.attempt, COALESCE(i.opened_at, e.attempt_started_at) AS "enrolled_at!",
                  COALESCE(p.revision, e.revision) AS "revision!",
                  COALESCE(p.achievement, 0::smallint) AS "achievement!", COALESCE(p.progress, 0) AS "progress!",
                  p.grade, p.completed_at, GREATEST(p.updated_at, e.updated_at) AS "updated_at!",
                  c.completion_id AS "completion_id?", c.period AS "period?", c.sequence AS "sequence?",
                  c.completed_at AS "told_at?", c.state AS "completion_state?", c.state_at, c.valid_from AS "valid_from?",
                  c.expires_at, c.counted_from AS "counted_from?", c.renews, c.window_begins, c.window_ends,
                  runs.latest_revision, COALESCE(runs.policy ->> 'revision', 'pinned') = 'pinned' AS "is_pinned!",
                  CASE WHEN p.achievement = 2 THEN NULL ELSE revisions.definition END AS "definition?: Json<Definition>",
                  CASE WHEN p.achievement = 2 THEN NULL ELSE p.verdict END AS "verdict?: Json<Verdict>",
                  ARRAY(
                      SELECT u.context_key FROM unavailable_contexts u
                      WHERE p.achievement < 2 AND u.context_key IN (
                          SELECT named.context ->> 0
                          FROM jsonb_path_query(revisions.definition, '$.items[*].key') AS named (context)
                          UNION ALL
                          SELECT named.context ->> 0
                          FROM jsonb_path_query(revisions.definition, '$.items[*].equivalents[*]') AS named (context)
                      )
                  ) AS "gone!: Vec<String>"
           FROM enrolments e
           JOIN runs USING (run_id)
           JOIN paths USING (path_id)
           LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
           JOIN revisions ON revisions.run_id = e.run_id AND revisions.revision = COALESCE(p.revision, e.revision)
           LEFT JOIN LATERAL (
               SELECT opened_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
               ORDER BY opened_at LIMIT 1
           ) i ON true
           LEFT JOIN LATERAL (
               SELECT * FROM completions
               WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = e.attempt
               ORDER BY period DESC, sequence DESC LIMIT 1
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
        let completion = completion(CompletionColumns {
            completion_id: row.completion_id,
            period: row.period,
            sequence: row.sequence,
            completed_at: row.told_at,
            state: row.completion_state,
            state_at: row.state_at,
            valid_from: row.valid_from,
            expires_at: row.expires_at,
            counted_from: row.counted_from,
            renews: row.renews,
            window_begins: row.window_begins,
            window_ends: row.window_ends,
        })?;
        let time = Time::of(
            &row.schedule,
            row.attempt_started_at,
            completion.as_ref(),
            row.completed_at,
            row.as_of,
        )?;
        let state = enrolment_state(&row.state)?;
        let gone: HashSet<String> = row.gone.into_iter().collect();
        let parts = row.definition.zip(row.verdict);
        let next_item = parts.and_then(|(definition, verdict)| {
            NextItem::of(state, &time, &definition, &verdict, |context| gone.contains(context.as_str()))
        });
        Ok(LearnerRun {
            run_key: row.run_key,
            title: row.title,
            enrolment_state: state,
            attempt: row.attempt,
            enrolled_at: row.enrolled_at,
            revision: row.revision,
            latest_revision: row.latest_revision,
            update_available: row.is_pinned && row.latest_revision > row.revision,
            achievement: achievement(row.achievement)?,
            progress: row.progress,
            grade: row.grade,
            completed_at: row.completed_at,
            completion,
            updated_at: Some(row.updated_at),
            next_item,
            time,
            as_of: timestamp(row.as_of)?,
        })
    });
    decoded.collect()
}
