//! The runs that learners can be enrolled in.

use chrono::{DateTime, Utc};
use lp_domain::{EnrolmentState, Schedule};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::catalogue::{Asked, Openings, Place, Viewer, is_open};
use super::columns::enrolment_state;

/// One run with its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// `path-v1:…`.
    pub run_key: String,
    /// The path's organisation.
    pub org: String,
    /// The path's number within the organisation.
    pub number: String,
    /// The path's title.
    pub title: String,
    /// What else is said of the path: an object of texts and lists of texts.
    pub details: serde_json::Value,
    /// Its dates.
    pub schedule: Schedule,
    /// Whether learners may enrol themselves now.
    pub is_open: bool,
    /// Number of the latest published revision, from 1.
    pub latest_revision: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Where the enrolment of who looks stands, if there is one.
    pub enrolment: Option<EnrolmentState>,
    /// Where it stands in the listing.
    pub place: Place,
}

/// The runs that somebody sees and asks for; neither archived ones nor those of which nothing is published.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_runs(conn: &mut PgConnection, viewer: &Viewer, asked: &Asked) -> sqlx::Result<Vec<Run>> {
    let openings = Openings::load(conn, asked).await?;
    let after = asked.after.as_ref();
    let rows = sqlx::query!(
        r#"SELECT run_key AS "run_key!", org AS "org!", number AS "number!", title AS "title!", details AS "details!",
                  schedule AS "schedule!: Json<Schedule>", latest_revision AS "latest_revision!",
                  published_at AS "published_at!", enrolment AS "enrolment?", rank AS "rank!", text AS "text!",
                  statement_timestamp() AS "now!", COALESCE((details ->> 'invite_only')::boolean, false) AS "invite_only!"
           FROM (
               SELECT runs.run_key, paths.org, paths.number, paths.title, paths.details, runs.schedule,
                      runs.latest_revision, revisions.published_at, e.state AS enrolment,
                      CASE $4 WHEN 'newest' THEN -(EXTRACT(EPOCH FROM revisions.published_at) * 1000000)::bigint
                              WHEN 'opening' THEN COALESCE(d.opens, 0) ELSE 0 END AS rank,
                      CASE $4 WHEN 'title' THEN left(lower(paths.title), 60) ELSE '' END AS text
               FROM runs
               JOIN paths USING (path_id)
               JOIN revisions ON revisions.run_id = runs.run_id AND revisions.revision = runs.latest_revision
               LEFT JOIN enrolments e ON e.run_id = runs.run_id AND e.learner_id = $1
               LEFT JOIN unnest($5::bigint[], $6::bigint[]) AS d (run_id, opens) ON d.run_id = runs.run_id
               WHERE runs.archived_at IS NULL AND paths.archived_at IS NULL
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
                   AND ($7::boolean IS NULL OR (runs.run_id = ANY($8)) = $7)
                   AND ($9::boolean IS NULL OR (e.state IS NOT NULL AND e.state <> 'withdrawn') = $9)
                   AND ($10::text IS NULL OR strpos(lower(concat_ws(E'\n', paths.title, paths.details ->> 'subtitle',
                           paths.details ->> 'description', runs.run_key)), lower($10)) > 0)
                   AND ($11::text IS NULL OR paths.org = $11)
                   AND ($12::text IS NULL OR paths.org || '+' || paths.number = $12)
                   AND ($13::text IS NULL OR lower(paths.details ->> 'level') = lower($13))
                   AND ($14::text IS NULL OR COALESCE(paths.details ->> 'label', 'path') = $14)
                   AND ($15::text IS NULL OR EXISTS (
                       SELECT FROM jsonb_array_elements_text(COALESCE(paths.details -> 'skills_acquired', '[]')) AS skill
                       WHERE lower(skill) = lower($15)
                   ))
           ) AS listed
           WHERE $16::bigint IS NULL
               OR (rank, text COLLATE "C", run_key COLLATE "C") > ($16, $17::text COLLATE "C", $18::text COLLATE "C")
           ORDER BY rank, text COLLATE "C", run_key COLLATE "C"
           LIMIT $19"#,
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
        asked.path.as_deref(),
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
        Ok(Run {
            place: Place { rank: row.rank, text: row.text, key: row.run_key.clone() },
            is_open: is_open(&row.schedule, row.invite_only, row.now)?,
            run_key: row.run_key,
            org: row.org,
            number: row.number,
            title: row.title,
            details: row.details,
            schedule: row.schedule.0,
            latest_revision: row.latest_revision,
            published_at: row.published_at,
            enrolment: row.enrolment.as_deref().map(enrolment_state).transpose()?,
        })
    });
    decoded.collect()
}
