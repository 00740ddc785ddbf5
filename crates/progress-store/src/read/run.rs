//! One run, as whoever may be enrolled in it sees it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::{Definition, Schedule, Timestamp};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::catalogue::{Place, Viewer, is_open};
use super::columns::{enrolment_state, timestamp};
use super::learner_run::Gone;
use super::runs::Run;

/// A run with what it consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct RunDetail {
    /// What the list says too.
    pub run: Run,
    /// Whether it, or its path, is archived: open to nobody new.
    pub is_archived: bool,
    /// The definition of its latest revision.
    pub definition: Definition,
    /// What the platform says of the contexts of its items, by key.
    pub contexts: HashMap<String, ContextInfo>,
    /// Those among them that are gone at their source, by key.
    pub gone: HashMap<String, Gone>,
    /// The enrolment of who looks.
    pub own: Option<Own>,
}

/// What the platform says of a context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContextInfo {
    /// Its title.
    pub title: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends, if it does.
    pub ends_at: Option<DateTime<Utc>>,
}

/// The enrolment of who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// The attempt, from 1.
    pub attempt: i32,
    /// When they were first enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// When the attempt began, from which periods until a due date are counted.
    pub began: Timestamp,
}

/// A run, if somebody sees it and something of it is published; an archived one only who is enrolled in a run of the path, or
/// manages it.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_run(
    conn: &mut PgConnection,
    viewer: &Viewer,
    run_key: &str,
) -> sqlx::Result<Option<RunDetail>> {
    let row = sqlx::query!(
        r#"SELECT runs.run_key, paths.org, paths.number, paths.title, paths.details,
                  runs.schedule AS "schedule: Json<Schedule>", runs.latest_revision, revisions.published_at,
                  revisions.definition AS "definition: Json<Definition>", statement_timestamp() AS "now!",
                  runs.archived_at IS NOT NULL OR paths.archived_at IS NOT NULL AS "is_archived!",
                  COALESCE((paths.details ->> 'invite_only')::boolean, false) AS "invite_only!",
                  e.state AS "state?", e.attempt AS "attempt?", e.attempt_started_at AS "began?", i.opened_at,
                  COALESCE(t.contexts, '{}') AS "contexts!: Json<HashMap<String, ContextInfo>>",
                  COALESCE(g.gone, '{}') AS "gone!: Json<HashMap<String, Gone>>"
           FROM runs
           JOIN paths USING (path_id)
           JOIN revisions ON revisions.run_id = runs.run_id AND revisions.revision = runs.latest_revision
           LEFT JOIN enrolments e ON e.run_id = runs.run_id AND e.learner_id = $1
           LEFT JOIN LATERAL (
               SELECT min(opened_at) AS opened_at FROM enrolment_intervals
               WHERE learner_id = e.learner_id AND run_id = e.run_id
           ) i ON true
           LEFT JOIN LATERAL (
               SELECT array_agg(named.context ->> 0) AS keys
               FROM (
                   SELECT jsonb_path_query(revisions.definition, '$.items[*].key')
                   UNION
                   SELECT jsonb_path_query(revisions.definition, '$.items[*].equivalents[*]')
               ) AS named (context)
           ) n ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(contexts.context_key, jsonb_build_object(
                          'title', contexts.title, 'starts_at', contexts.starts_at, 'ends_at', contexts.ends_at
                      )) AS contexts
               FROM contexts WHERE contexts.context_key = ANY(n.keys)
           ) t ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(u.context_key, jsonb_build_object('reason', u.reason, 'since', u.since)) AS gone
               FROM unavailable_contexts u WHERE u.context_key = ANY(n.keys)
           ) g ON true
           WHERE runs.run_key = $4 AND ($2::text[] IS NULL OR paths.org = ANY($2))
               AND (
                   (paths.details ->> 'visibility' IS DISTINCT FROM 'private'
                       AND paths.details ->> 'invite_only' IS DISTINCT FROM 'true'
                       AND runs.archived_at IS NULL AND paths.archived_at IS NULL)
                   OR $3::text[] IS NULL OR paths.org = ANY($3)
                   OR paths.path_id IN (
                       SELECT own.path_id FROM enrolments JOIN runs own USING (run_id)
                       WHERE enrolments.learner_id = $1 AND enrolments.state <> 'withdrawn'
                   )
               )"#,
        viewer.learner,
        viewer.orgs.as_deref(),
        viewer.manages.as_deref(),
        run_key,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let own = match (row.attempt, row.began) {
        (Some(attempt), Some(began)) => {
            Some(Own { attempt, enrolled_at: row.opened_at.unwrap_or(began), began: timestamp(began)? })
        }
        _ => None,
    };
    let run = Run {
        place: Place { rank: 0, text: String::new(), key: row.run_key.clone() },
        is_open: !row.is_archived && is_open(&row.schedule, row.invite_only, row.now)?,
        run_key: row.run_key,
        org: row.org,
        number: row.number,
        title: row.title,
        details: row.details,
        schedule: row.schedule.0,
        latest_revision: row.latest_revision,
        published_at: row.published_at,
        enrolment: row.state.as_deref().map(enrolment_state).transpose()?,
    };
    let (definition, is_archived) = (row.definition.0, row.is_archived);
    Ok(Some(RunDetail { run, is_archived, definition, contexts: row.contexts.0, gone: row.gone.0, own }))
}
