//! A learner in one run, in every part of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::{
    ContextKey, Counted, Definition, Enrolment, LearnerFacts, RevisionPolicy, RunPolicy, Schedule, Timestamp,
    Verdict, counted, evaluate,
};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::{completion, enrolment_state, of_store, timestamp};
use super::learner_runs::{LearnerRun, NextItem, Time};
use crate::journal;
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
    /// For each item, by which facts it counts.
    pub counted: Vec<Vec<Counted>>,
    /// Titles of the contexts that it names, by key, as far as they are known.
    pub titles: HashMap<String, String>,
    /// Those among them that are gone at their source, by key.
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
/// One query; of whom other accounts were merged into, and in runs that have closed, another for the facts that count.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_learner_run(
    conn: &mut PgConnection,
    learner_id: i64,
    run_key: &str,
) -> sqlx::Result<Option<LearnerRunDetail>> {
    read(conn, learner_id, run_key, None).await
}

/// How a learner stood in a run at an earlier moment.
pub(super) struct Then {
    pub(super) at: Timestamp,
    pub(super) enrolment: Enrolment,
    /// What they were judged by.
    pub(super) revision: u32,
    pub(super) latest_revision: u32,
    pub(super) verdict: Verdict,
    /// What counted.
    pub(super) facts: LearnerFacts,
    pub(super) catalogue_version: i64,
}

/// As things are now, or as they were then.
#[expect(clippy::too_many_lines, reason = "one statement, and its columns one by one")]
pub(super) async fn read(
    conn: &mut PgConnection,
    learner_id: i64,
    run_key: &str,
    then: Option<Then>,
) -> sqlx::Result<Option<LearnerRunDetail>> {
    let row = sqlx::query!(
        r#"SELECT runs.run_key, paths.title, runs.schedule AS "schedule: Json<Schedule>",
                  runs.policy AS "policy: Json<RunPolicy>", runs.latest_revision, e.attempt_started_at,
                  COALESCE($3, statement_timestamp()) AS "as_of!", e.state, e.attempt,
                  COALESCE(i.opened_at, e.attempt_started_at) AS "enrolled_at!",
                  revisions.revision, GREATEST(p.updated_at, e.updated_at) AS "updated_at!",
                  c.completion_id AS "completion_id?", c.period AS "period?", c.sequence AS "sequence?",
                  c.completed_at AS "told_at?", c.state AS "completion_state?", c.state_at, c.valid_from AS "valid_from?",
                  c.expires_at, c.counted_from AS "counted_from?", c.renews, c.window_begins, c.window_ends,
                  revisions.definition AS "definition: Json<Definition>", p.verdict AS "verdict?: Json<Verdict>",
                  COALESCE(t.titles, '{}') AS "titles!: Json<HashMap<String, String>>",
                  ARRAY(SELECT m.learner_id FROM learner_merges m WHERE m.survivor_id = e.learner_id) AS "members!",
                  COALESCE(k.known, '{}') AS "known!: Json<LearnerFacts>",
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
           JOIN revisions ON revisions.run_id = e.run_id AND revisions.revision = COALESCE($4, p.revision, e.revision)
           LEFT JOIN LATERAL (
               SELECT opened_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
               ORDER BY opened_at LIMIT 1
           ) i ON true
           LEFT JOIN LATERAL (
               SELECT * FROM completions
               WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = COALESCE($5, e.attempt)
                   AND ($3::timestamptz IS NULL OR completed_at <= $3)
               ORDER BY period DESC, sequence DESC LIMIT 1
           ) c ON true
           LEFT JOIN LATERAL (
               SELECT array_agg(named.context ->> 0) AS keys
               FROM (
                   SELECT jsonb_path_query(revisions.definition, '$.items[*].key')
                   UNION
                   SELECT jsonb_path_query(revisions.definition, '$.items[*].equivalents[*]')
               ) AS named (context)
           ) n ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(contexts.context_key, contexts.title) AS titles,
                      SUM(EXTRACT(EPOCH FROM contexts.told_at)) AS told
               FROM contexts
               WHERE contexts.context_key = ANY(n.keys)
           ) t ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(u.context_key, jsonb_build_object('reason', u.reason, 'since', u.since)) AS gone,
                      SUM(EXTRACT(EPOCH FROM u.since)) AS since
               FROM unavailable_contexts u
               WHERE u.context_key = ANY(n.keys) AND ($3::timestamptz IS NULL OR u.since <= $3)
           ) g ON true
           LEFT JOIN LATERAL (
               SELECT json_object_agg(f.context_key, f.state) AS known
               FROM facts f
               WHERE $3::timestamptz IS NULL AND f.learner_id = e.learner_id AND f.context_key IN (
                   SELECT item ->> 'satisfied_by' FROM json_array_elements(p.verdict -> 'items') AS item
               )
           ) k ON true
           WHERE e.learner_id = $1 AND runs.run_key = $2"#,
        learner_id,
        run_key,
        then.as_ref().map(|then| then.at.get()),
        then.as_ref().map(|then| then.revision.cast_signed()),
        then.as_ref().map(|then| then.enrolment.attempt.cast_signed()),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (definition, policy, schedule) = (row.definition.0, row.policy.0, row.schedule.0);
    let now = timestamp(row.as_of)?;
    let then_at = then.as_ref().map(|then| then.at);
    let closes = schedule.closes_at().filter(|closes| *closes <= now);
    let catalogue_version = then.as_ref().map(|then| then.catalogue_version);
    let (enrolment, latest_revision, verdict, facts) = if let Some(then) = then {
        (then.enrolment, then.latest_revision.cast_signed(), then.verdict, then.facts)
    } else {
        let enrolment = Enrolment {
            state: enrolment_state(&row.state)?,
            attempt: row.attempt.unsigned_abs(),
            attempt_started_at: timestamp(row.attempt_started_at)?,
            revision: row.revision.unsigned_abs(),
        };
        let nothing = LearnerFacts::default();
        let verdict = row.verdict.map(|verdict| verdict.0);
        // Nothing is known yet of somebody just enrolled.
        let verdict = verdict.unwrap_or_else(|| evaluate(&definition, &policy, &enrolment, &nothing, now));
        let facts = if row.members.is_empty() && closes.is_none() {
            row.known.0
        } else {
            let accounts: Vec<i64> = row.members.into_iter().chain([learner_id]).collect();
            journalled(conn, &accounts, closes).await?
        };
        (enrolment, row.latest_revision, verdict, facts)
    };
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
    let completion = match then_at {
        None => completion,
        Some(at) => completion.and_then(|completion| completion.as_of(at, policy.regression)),
    };
    let by_rule = verdict.completed_at.map(Timestamp::get);
    let began = enrolment.attempt_started_at.get();
    let time = Time::of(&schedule, began, completion.as_ref(), by_rule, row.as_of)?;
    let gone = row.gone.0;
    let is_gone = |context: &ContextKey| gone.contains_key(context.as_str());
    let run = LearnerRun {
        run_key: row.run_key,
        title: row.title,
        enrolment_state: enrolment.state,
        attempt: enrolment.attempt.cast_signed(),
        enrolled_at: row.enrolled_at,
        revision: row.revision,
        latest_revision,
        update_available: policy.revision == RevisionPolicy::Pinned && latest_revision > row.revision,
        achievement: verdict.achievement,
        progress: verdict.progress.get(),
        grade: verdict.grade.map(lp_domain::Ratio::get),
        completed_at: by_rule,
        completion,
        updated_at: Some(row.updated_at).filter(|_| then_at.is_none()),
        next_item: NextItem::of(enrolment.state, &time, &definition, &verdict, is_gone),
        time,
        as_of: now,
    };
    // A run that has closed judges as it did then.
    let judged_at = closes.unwrap_or(now);
    let by_what = definition.items.iter().zip(&verdict.items).map(|(item, judged)| {
        let known = judged.satisfied_by.as_ref().and_then(|context| facts.get(context));
        known.map_or_else(Vec::new, |known| counted(item, known, &policy, &enrolment, judged_at))
    });
    let counted = by_what.collect();
    // A status changes also when nothing is written, and so does an award; an earlier moment stays what it is.
    let version = if let (Some(at), Some(catalogue)) = (then_at, catalogue_version) {
        format!("{}-{catalogue}-{}", row.version, at.get().timestamp_micros())
    } else {
        let award = run.completion.as_ref().map_or("none", |completion| completion.award(run.as_of).word());
        format!("{}-{}-{award}", row.version, run.time.status.word())
    };
    Ok(Some(LearnerRunDetail { run, definition, verdict, counted, titles: row.titles.0, gone, version }))
}

/// What counts of these accounts, of what happened before an instant.
async fn journalled(
    conn: &mut PgConnection,
    accounts: &[i64],
    before: Option<Timestamp>,
) -> sqlx::Result<LearnerFacts> {
    let mut facts = LearnerFacts::default();
    for fact in journal::of_learners(conn, accounts, before).await.map_err(of_store)? {
        facts.entry(fact.context.clone()).or_default().apply(&fact);
    }
    Ok(facts)
}
