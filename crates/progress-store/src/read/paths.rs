//! Paths as learners find them.

use chrono::{DateTime, Utc};
use lp_domain::{PathId, Schedule};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::catalogue::{Asked, Openings, Place, Viewer, is_open};

/// A path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// `{org}+{number}`.
    pub key: String,
    /// Its organisation.
    pub org: String,
    /// Its number within the organisation.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What else is said of it: an object of texts and lists of texts.
    pub details: serde_json::Value,
    /// How many runs of it are published and not archived.
    pub runs: i64,
    /// Whether learners may enrol themselves in one of them now.
    pub is_open: bool,
    /// Whether who looks is enrolled in one of them.
    pub is_enrolled: bool,
    /// When the newest of their latest revisions was published; nothing when there is none.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it is archived: open to nobody new.
    pub is_archived: bool,
    /// Where it stands in the listing.
    pub place: Place,
}

/// The paths that somebody sees and asks for: neither archived ones nor those without a run that is listed.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_paths(conn: &mut PgConnection, viewer: &Viewer, asked: &Asked) -> sqlx::Result<Vec<Path>> {
    let openings = Openings::load(conn, asked).await?;
    let after = asked.after.as_ref();
    let rows = sqlx::query!(
        r#"SELECT key AS "key!", org AS "org!", number AS "number!", title AS "title!", details AS "details!",
                  runs AS "runs!", published_at, is_enrolled AS "is_enrolled!", rank AS "rank!", text AS "text!",
                  schedules AS "schedules!: Json<Vec<Schedule>>", statement_timestamp() AS "now!",
                  COALESCE((details ->> 'invite_only')::boolean, false) AS "invite_only!"
           FROM (
               SELECT paths.org || '+' || paths.number AS key, paths.org, paths.number, paths.title, paths.details,
                      r.runs, r.published_at, r.is_enrolled, r.schedules,
                      CASE $4 WHEN 'newest' THEN -(EXTRACT(EPOCH FROM r.published_at) * 1000000)::bigint
                              WHEN 'opening' THEN r.opens ELSE 0 END AS rank,
                      CASE $4 WHEN 'title' THEN left(lower(paths.title), 60) ELSE '' END AS text
               FROM paths
               JOIN LATERAL (
                   SELECT count(*) AS runs, max(revisions.published_at) AS published_at,
                          jsonb_agg(runs.schedule) AS schedules, bool_or(e.learner_id IS NOT NULL) AS is_enrolled,
                          bool_or(runs.run_id = ANY($8)) AS is_open, min(COALESCE(d.opens, 0)) AS opens
                   FROM runs
                   JOIN revisions ON revisions.run_id = runs.run_id AND revisions.revision = runs.latest_revision
                   LEFT JOIN enrolments e
                       ON e.run_id = runs.run_id AND e.learner_id = $1 AND e.state <> 'withdrawn'
                   LEFT JOIN unnest($5::bigint[], $6::bigint[]) AS d (run_id, opens) ON d.run_id = runs.run_id
                   WHERE runs.path_id = paths.path_id AND runs.archived_at IS NULL
               ) r ON r.runs > 0
               WHERE paths.archived_at IS NULL
                   AND ($2::text[] IS NULL OR paths.org = ANY($2))
                   AND (
                       (paths.details ->> 'visibility' IS DISTINCT FROM 'private'
                           AND paths.details ->> 'invite_only' IS DISTINCT FROM 'true')
                       OR $3::text[] IS NULL OR paths.org = ANY($3)
                       OR paths.path_id IN (
                           SELECT own.path_id FROM enrolments JOIN runs own USING (run_id)
                           WHERE enrolments.learner_id = $1 AND enrolments.state <> 'withdrawn'
                       )
                   )
                   AND ($7::boolean IS NULL OR r.is_open = $7)
                   AND ($9::boolean IS NULL OR r.is_enrolled = $9)
                   AND ($10::text IS NULL OR strpos(lower(concat_ws(E'\n', paths.title, paths.details ->> 'subtitle',
                           paths.details ->> 'description', paths.org || '+' || paths.number)), lower($10)) > 0)
                   AND ($11::text IS NULL OR paths.org = $11)
                   AND ($12::text IS NULL OR lower(paths.details ->> 'level') = lower($12))
                   AND ($13::text IS NULL OR COALESCE(paths.details ->> 'label', 'path') = $13)
                   AND ($14::text IS NULL OR EXISTS (
                       SELECT FROM jsonb_array_elements_text(COALESCE(paths.details -> 'skills_acquired', '[]')) AS skill
                       WHERE lower(skill) = lower($14)
                   ))
           ) AS listed
           WHERE $15::bigint IS NULL
               OR (rank, text COLLATE "C", key COLLATE "C") > ($15, $16::text COLLATE "C", $17::text COLLATE "C")
           ORDER BY rank, text COLLATE "C", key COLLATE "C"
           LIMIT $18"#,
        viewer.learner,
        viewer.orgs.as_deref(),
        viewer.manages.as_deref(),
        asked.sort.word(),
        &openings.runs,
        &openings.opens,
        asked.open_now,
        &openings.open,
        asked.enrolled,
        asked.search.as_deref(),
        asked.org.as_deref(),
        asked.level.as_deref(),
        asked.label.as_deref(),
        asked.skill.as_deref(),
        after.map(|place| place.rank),
        after.map(|place| place.text.as_str()),
        after.map(|place| place.key.as_str()),
        asked.limit,
    )
    .fetch_all(conn)
    .await?;
    let decoded = rows.into_iter().map(|row| {
        Ok(Path {
            is_open: any_open(&row.schedules, row.invite_only, row.now)?,
            place: Place { rank: row.rank, text: row.text, key: row.key.clone() },
            key: row.key,
            org: row.org,
            number: row.number,
            title: row.title,
            details: row.details,
            runs: row.runs,
            is_enrolled: row.is_enrolled,
            published_at: row.published_at,
            is_archived: false,
        })
    });
    decoded.collect()
}

fn any_open(schedules: &[Schedule], invite_only: bool, now: DateTime<Utc>) -> sqlx::Result<bool> {
    for schedule in schedules {
        if is_open(schedule, invite_only, now)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A path, if somebody sees it; an archived one only who is enrolled in a run of it, or manages it.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_path(conn: &mut PgConnection, viewer: &Viewer, id: &PathId) -> sqlx::Result<Option<Path>> {
    let row = sqlx::query!(
        r#"SELECT paths.org, paths.number, paths.title, paths.details, paths.archived_at IS NOT NULL AS "is_archived!",
                  r.runs AS "runs!", r.published_at, COALESCE(r.schedules, '[]') AS "schedules!: Json<Vec<Schedule>>",
                  COALESCE(r.is_enrolled, false) AS "is_enrolled!", statement_timestamp() AS "now!",
                  COALESCE((paths.details ->> 'invite_only')::boolean, false) AS "invite_only!"
           FROM paths
           CROSS JOIN LATERAL (
               SELECT count(*) AS runs, max(revisions.published_at) AS published_at,
                      jsonb_agg(runs.schedule) AS schedules, bool_or(e.learner_id IS NOT NULL) AS is_enrolled
               FROM runs
               JOIN revisions ON revisions.run_id = runs.run_id AND revisions.revision = runs.latest_revision
               LEFT JOIN enrolments e ON e.run_id = runs.run_id AND e.learner_id = $1 AND e.state <> 'withdrawn'
               WHERE runs.path_id = paths.path_id AND runs.archived_at IS NULL
           ) r
           WHERE paths.org = $4 AND paths.number = $5 AND ($2::text[] IS NULL OR paths.org = ANY($2))
               AND (
                   (paths.details ->> 'visibility' IS DISTINCT FROM 'private'
                       AND paths.details ->> 'invite_only' IS DISTINCT FROM 'true' AND paths.archived_at IS NULL)
                   OR $3::text[] IS NULL OR paths.org = ANY($3)
                   OR paths.path_id IN (
                       SELECT own.path_id FROM enrolments JOIN runs own USING (run_id)
                       WHERE enrolments.learner_id = $1 AND enrolments.state <> 'withdrawn'
                   )
               )"#,
        viewer.learner,
        viewer.orgs.as_deref(),
        viewer.manages.as_deref(),
        id.org(),
        id.number(),
    )
    .fetch_optional(conn)
    .await?;
    let path = row.map(|row| {
        let key = id.to_string();
        Ok(Path {
            is_open: !row.is_archived && any_open(&row.schedules, row.invite_only, row.now)?,
            place: Place { rank: 0, text: String::new(), key: key.clone() },
            key,
            org: row.org,
            number: row.number,
            title: row.title,
            details: row.details,
            runs: row.runs,
            is_enrolled: row.is_enrolled,
            published_at: row.published_at,
            is_archived: row.is_archived,
        })
    });
    path.transpose()
}
