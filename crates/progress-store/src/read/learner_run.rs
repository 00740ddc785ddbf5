//! A learner in one run, in every part of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::{Achievement, Definition, ItemVerdict, NodeVerdict, Ratio, Schedule, Verdict};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::{achievement, completion, enrolment_state, timestamp};
use super::learner_runs::{LearnerRun, Time};
use crate::states::CompletionColumns;

/// How far a learner is in one run, with what it consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerRunDetail {
    /// What the list of runs says too.
    pub run: LearnerRun,
    /// The definition of the revision that the learner is judged by.
    pub definition: Definition,
    /// The judgement of all its parts.
    pub verdict: Verdict,
    /// Titles of the contexts that it names, by key, as far as they are known.
    pub titles: HashMap<String, String>,
    /// Those among the contexts of its items that are gone at their source, by key.
    pub gone: HashMap<String, Gone>,
    /// Another one whenever anything of the above is another: the learner's version, and sums of the moments at which
    /// the parts were written, which grow with each of them.
    pub version: String,
}

/// Since when a context is gone at its source, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gone {
    /// In words for people.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A learner in one run; `None` when there is no such run or the learner was never enrolled in it.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_learner_run(
    conn: &mut PgConnection,
    learner_id: i64,
    run_key: &str,
) -> sqlx::Result<Option<LearnerRunDetail>> {
    let row = sqlx::query!(
        r#"SELECT runs.run_key, paths.title, runs.schedule AS "schedule: Json<Schedule>", e.attempt_started_at,
                  statement_timestamp() AS "as_of!", e.state, e.attempt, COALESCE(i.opened_at, e.attempt_started_at) AS "enrolled_at!",
                  COALESCE(p.revision, e.revision) AS "revision!",
                  COALESCE(p.achievement, 0::smallint) AS "achievement!", COALESCE(p.progress, 0) AS "progress!",
                  p.grade, p.completed_at, GREATEST(p.updated_at, e.updated_at) AS "updated_at!",
                  c.completion_id AS "completion_id?", c.period AS "period?", c.sequence AS "sequence?",
                  c.completed_at AS "told_at?", c.state AS "completion_state?", c.state_at, c.valid_from AS "valid_from?",
                  c.expires_at, c.counted_from AS "counted_from?", c.renews, c.window_begins, c.window_ends,
                  revisions.definition AS "definition: Json<Definition>", p.verdict AS "verdict?: Json<Verdict>",
                  COALESCE(t.titles, '{}') AS "titles!: Json<HashMap<String, String>>",
                  CONCAT_WS('-',
                      COALESCE(learners.version, 0),
                      COALESCE(EXTRACT(EPOCH FROM p.updated_at), 0) + EXTRACT(EPOCH FROM e.updated_at)
                          + EXTRACT(EPOCH FROM runs.updated_at) + EXTRACT(EPOCH FROM paths.updated_at),
                      COALESCE(t.told, 0),
                      g.since
                  ) AS "version!", COALESCE(g.gone, '{}') AS "gone!: Json<HashMap<String, Gone>>"
           FROM runs
           JOIN paths USING (path_id)
           JOIN enrolments e ON e.run_id = runs.run_id
           LEFT JOIN learners ON learners.learner_id = e.learner_id
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
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(contexts.context_key, contexts.title) AS titles,
                      SUM(EXTRACT(EPOCH FROM contexts.told_at)) AS told
               FROM contexts
               WHERE contexts.context_key IN (
                   SELECT item ->> 'key' FROM jsonb_array_elements(revisions.definition -> 'items') AS item
                   UNION
                   SELECT equivalent
                   FROM jsonb_array_elements(revisions.definition -> 'items') AS item,
                        jsonb_array_elements_text(COALESCE(item -> 'equivalents', '[]')) AS equivalent
               )
           ) t ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(u.context_key, jsonb_build_object('reason', u.reason, 'since', u.since)) AS gone,
                      SUM(EXTRACT(EPOCH FROM u.since)) AS since
               FROM unavailable_contexts u
               WHERE u.context_key IN (
                   SELECT item ->> 'key' FROM jsonb_array_elements(revisions.definition -> 'items') AS item
               )
           ) g ON true
           WHERE e.learner_id = $1 AND runs.run_key = $2"#,
        learner_id,
        run_key,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let definition = row.definition.0;
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
    let time =
        Time::of(&row.schedule, row.attempt_started_at, completion.as_ref(), row.completed_at, row.as_of)?;
    let run = LearnerRun {
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
        completion,
        updated_at: row.updated_at,
        time,
        as_of: timestamp(row.as_of)?,
    };
    // A status changes also when nothing is written, and so does an award.
    let award = run.completion.as_ref().map_or("none", |completion| completion.award(run.as_of).word());
    let version = format!("{}-{}-{award}", row.version, run.time.status.word());
    let verdict = row.verdict.map_or_else(|| not_judged_yet(&definition), |verdict| verdict.0);
    Ok(Some(LearnerRunDetail { run, definition, verdict, titles: row.titles.0, gone: row.gone.0, version }))
}

/// Nothing is known yet of somebody just enrolled.
fn not_judged_yet(definition: &Definition) -> Verdict {
    let items = definition.items.iter().map(|item| ItemVerdict {
        id: item.id.clone(),
        achievement: Achievement::NotStarted,
        progress: Ratio::ZERO,
        grade: None,
        completed_at: None,
        satisfied_by: None,
        locked: false,
    });
    let nodes = definition.nodes().into_iter().map(|_| NodeVerdict {
        achievement: Achievement::NotStarted,
        progress: Ratio::ZERO,
        completed_at: None,
    });
    Verdict {
        achievement: Achievement::NotStarted,
        progress: Ratio::ZERO,
        grade: None,
        completed_at: None,
        withdrawn: false,
        items: items.collect(),
        nodes: nodes.collect(),
    }
}
