//! One page or portion of a roster.

use chrono::{DateTime, Utc};
use lp_domain::{Achievement, AwardState, CompletionState, EnrolmentState, TimeStatus, Timestamp};
use sqlx::PgConnection;

use super::days::Days;
use super::{Direction, RosterFilter, RosterOrder, RosterPlace, RosterRun, RosterSort};
use crate::read::columns::{achievement, completion, enrolment_state, timestamp};
use crate::read::learner_runs::Time;
use crate::states::CompletionColumns;

/// A learner of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterRow {
    /// LMS user id.
    pub learner_id: i64,
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
    /// Whether what the world was told of this attempt holds.
    pub completion: Option<CompletionState>,
    /// How its award stands.
    pub award: Option<AwardState>,
    /// The first instant at which the award is no longer valid.
    pub award_expires_at: Option<DateTime<Utc>>,
    /// How the learner stands to the run's dates.
    pub time: TimeStatus,
    /// The first instant at which they are late.
    pub due_at: Option<DateTime<Utc>>,
    /// When the judgement or the enrolment last changed.
    pub updated_at: DateTime<Utc>,
    /// What people call the learner, where names were asked for; nothing of whom no name is known, or is any more.
    pub names: Option<Names>,
    /// Where the row stands.
    pub place: RosterPlace,
}

/// What people call a learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Of the account.
    pub username: String,
    /// Of the person.
    pub full_name: String,
    /// Of the account.
    pub email: String,
}

/// Whose eyes a roster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those who may see names; the connection has the role that may.
    MaySeeNames,
    /// Those who may not; filters and orders by names find nothing.
    MayNot,
}

/// The text of the query is the same for both roles but for what comes of `learner_profiles`, which only one of them may name.
macro_rules! rows {
    ($conn:expr, $run:expr, $asked:expr, ($names:literal, $name:literal, $from:literal, $only:literal), [$($more:expr),*]) => {{
        let (filter, order, days, after, limit) = $asked;
        let rows = sqlx::query!(
            r#"WITH page AS (
                 SELECT e.learner_id, e.run_id, e.state, e.attempt, e.attempt_started_at,
                        COALESCE(p.revision, e.revision) AS revision, COALESCE(p.achievement, 0::smallint) AS achievement,
                        COALESCE(p.progress, 0) AS progress, p.grade, p.completed_at,
                        GREATEST(p.updated_at, e.updated_at) AS updated_at, "# + $names + r#", k.key, k.name
                 FROM enrolments e
                 LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
                     -- Nothing new, but else its index would be read from the first learner on.
                     AND ($6::bigint IS NULL OR $2::text <> 'learner_id' OR $3::float8 < 0 OR p.learner_id > $6::bigint)
                 "# + $from + r#"
                 CROSS JOIN LATERAL (
                     SELECT $3::float8 * CASE $2::text
                                WHEN 'learner_id' THEN CASE WHEN $3::float8 < 0 THEN e.learner_id::float8 ELSE 0 END
                                WHEN 'progress' THEN COALESCE(p.progress, 0)
                                WHEN 'grade' THEN COALESCE(p.grade, -1)
                                WHEN 'completed_at' THEN COALESCE(EXTRACT(EPOCH FROM p.completed_at)::float8, -1e15)
                                WHEN 'enrolled_at' THEN EXTRACT(EPOCH FROM COALESCE(
                                    (SELECT min(i.opened_at) FROM enrolment_intervals i
                                     WHERE i.learner_id = e.learner_id AND i.run_id = e.run_id),
                                    e.attempt_started_at
                                ))::float8
                                WHEN 'updated_at' THEN EXTRACT(EPOCH FROM GREATEST(p.updated_at, e.updated_at))::float8
                                ELSE 0
                            END AS key,
                            CASE WHEN $2::text = 'name' THEN "# + $name + r#" ELSE '' END COLLATE "C" AS name
                 ) k
                 WHERE e.run_id = $1
                     AND ($6::bigint IS NULL OR k.key > $4::float8
                          OR (k.key = $4::float8
                              AND (CASE WHEN $3::float8 < 0 THEN k.name < $5::text COLLATE "C" ELSE k.name > $5::text COLLATE "C" END
                                   OR (k.name = $5::text COLLATE "C" AND e.learner_id > $6::bigint))))
                     AND ($7::text[] IS NULL OR e.state = ANY($7))
                     AND ($8::smallint[] IS NULL OR COALESCE(p.achievement, 0::smallint) = ANY($8))
                     AND ($12::integer IS NULL OR COALESCE(p.revision, e.revision) = $12)
                     AND ($13::integer IS NULL OR e.attempt = $13)
                     AND ($14::float8 IS NULL OR COALESCE(p.progress, 0) >= $14)
                     AND ($15::float8 IS NULL OR COALESCE(p.progress, 0) <= $15)
                     AND (($9::text[] IS NULL AND $10::text[] IS NULL AND $11::text[] IS NULL) OR EXISTS (
                         SELECT
                         FROM (SELECT width_bucket(e.attempt_started_at, $18::timestamptz[]) AS at) day
                         LEFT JOIN LATERAL (
                             SELECT c.state, c.period, c.completed_at, c.valid_from, c.expires_at FROM completions c
                             WHERE c.learner_id = e.learner_id AND c.run_id = e.run_id AND c.attempt = e.attempt
                             ORDER BY c.period DESC, c.sequence DESC LIMIT 1
                         ) c ON true
                         CROSS JOIN LATERAL (
                             SELECT CASE
                                        WHEN c.state <> 'revoked' AND c.period = 1 THEN c.completed_at
                                        WHEN c.state <> 'revoked' THEN COALESCE(p.completed_at, c.completed_at)
                                        ELSE p.completed_at
                                    END AS done_at,
                                    ($19::timestamptz[])[day.at] AS due_at, ($20::timestamptz[])[day.at] AS soon_at
                         ) t
                         WHERE ($9::text[] IS NULL OR COALESCE(c.state, 'none') = ANY($9))
                             AND ($10::text[] IS NULL OR CASE
                                      WHEN c.state IS NULL THEN 'none'
                                      WHEN c.state = 'revoked' THEN 'revoked'
                                      WHEN c.expires_at <= statement_timestamp() THEN 'expired'
                                      WHEN c.state <> 'valid' THEN c.state
                                      WHEN c.valid_from > statement_timestamp() THEN 'not_yet_valid'
                                      ELSE 'valid'
                                  END = ANY($10))
                             AND ($11::text[] IS NULL OR CASE
                                      WHEN t.done_at < COALESCE($17::timestamptz, 'infinity') THEN CASE
                                          WHEN t.due_at IS NULL THEN 'no_date'
                                          WHEN t.done_at < t.due_at THEN 'on_time'
                                          ELSE 'overdue'
                                      END
                                      WHEN $17::timestamptz <= statement_timestamp() THEN 'closed'
                                      WHEN t.due_at <= statement_timestamp() THEN 'overdue'
                                      WHEN t.soon_at <= statement_timestamp() THEN 'due_soon'
                                      WHEN t.due_at IS NULL THEN 'no_date'
                                      ELSE 'on_time'
                                  END = ANY($11))
                     ))
                     AND ($16::timestamptz IS NULL OR NOT EXISTS (
                         SELECT FROM fact_journal f
                         WHERE f.learner_id IN (
                                 SELECT e.learner_id
                                 UNION ALL
                                 SELECT m.learner_id FROM learner_merges m WHERE m.survivor_id = e.learner_id
                             )
                             AND f.occurred_at >= $16
                             AND f.context_key = ANY (ARRAY(
                                 SELECT item ->> 'key'
                                 FROM revisions r, jsonb_array_elements(r.definition -> 'items') AS item
                                 WHERE r.run_id = $1
                                 UNION
                                 SELECT equivalent
                                 FROM revisions r, jsonb_array_elements(r.definition -> 'items') AS item,
                                      jsonb_array_elements_text(COALESCE(item -> 'equivalents', '[]')) AS equivalent
                                 WHERE r.run_id = $1
                             ))
                     ))
                     "# + $only + r#"
                 ORDER BY k.key, CASE WHEN $3::float8 >= 0 THEN k.name END, CASE WHEN $3::float8 < 0 THEN k.name END DESC,
                          e.learner_id
                 LIMIT $21
               )
               SELECT page.learner_id AS "learner_id!", page.state AS "state!", page.attempt AS "attempt!",
                      page.attempt_started_at AS "attempt_started_at!", statement_timestamp() AS "as_of!",
                      COALESCE(i.opened_at, page.attempt_started_at) AS "enrolled_at!", page.revision AS "revision!",
                      page.achievement AS "achievement!", page.progress AS "progress!", page.grade, page.completed_at,
                      page.updated_at AS "updated_at!",
                      c.completion_id AS "completion_id?", c.period AS "period?", c.sequence AS "sequence?",
                      c.completed_at AS "told_at?", c.state AS "completion_state?", c.state_at, c.valid_from AS "valid_from?",
                      c.expires_at, c.counted_from AS "counted_from?", c.renews, c.window_begins, c.window_ends,
                      page.username AS "username?", page.full_name AS "full_name?", page.email AS "email?",
                      page.key AS "key!", page.name AS "name!"
               FROM page
               LEFT JOIN LATERAL (
                   SELECT opened_at FROM enrolment_intervals
                   WHERE learner_id = page.learner_id AND run_id = page.run_id
                   ORDER BY opened_at LIMIT 1
               ) i ON true
               LEFT JOIN LATERAL (
                   SELECT * FROM completions
                   WHERE learner_id = page.learner_id AND run_id = page.run_id AND attempt = page.attempt
                   ORDER BY period DESC, sequence DESC LIMIT 1
               ) c ON true
               ORDER BY page.key, CASE WHEN $3::float8 >= 0 THEN page.name END,
                        CASE WHEN $3::float8 < 0 THEN page.name END DESC, page.learner_id"#,
            $run.run_id,
            order.sort.word(),
            sign(order.direction),
            after.map(|place| place.key),
            after.map(|place| place.name.as_str()),
            after.map(|place| place.learner_id),
            filter.states.as_deref(),
            filter.achievements.as_deref(),
            filter.completions.as_deref(),
            filter.awards.as_deref(),
            filter.times.as_deref(),
            filter.revision,
            filter.attempt,
            filter.least_progress,
            filter.most_progress,
            filter.no_fact_since,
            $run.schedule.closes_at().map(Timestamp::get),
            &days.starts,
            &days.dues as &[Option<DateTime<Utc>>],
            &days.soons as &[Option<DateTime<Utc>>],
            limit,
            $($more),*
        )
        .fetch_all(&mut *$conn)
        .await?;
        let decoded = rows.into_iter().map(|row| {
            let told = completion(CompletionColumns {
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
            let began = row.attempt_started_at;
            let time = Time::of(&$run.schedule, began, told.as_ref(), row.completed_at, row.as_of)?;
            let now = timestamp(row.as_of)?;
            let names = (row.username.zip(row.full_name).zip(row.email))
                .map(|((username, full_name), email)| Names { username, full_name, email });
            Ok(RosterRow {
                learner_id: row.learner_id,
                enrolment_state: enrolment_state(&row.state)?,
                attempt: row.attempt,
                enrolled_at: row.enrolled_at,
                revision: row.revision,
                achievement: achievement(row.achievement)?,
                progress: row.progress,
                grade: row.grade,
                completed_at: row.completed_at,
                completion: told.as_ref().map(|told| told.state),
                award: told.as_ref().map(|told| told.award(now)),
                award_expires_at: told.and_then(|told| told.term.expires_at).map(Timestamp::get),
                time: time.status,
                due_at: time.due_at.map(Timestamp::get),
                updated_at: row.updated_at,
                names,
                place: RosterPlace { key: row.key, name: row.name, learner_id: row.learner_id },
            })
        });
        decoded.collect()
    }};
}

/// Up to `limit` learners of a run that pass the filter, after `after`, in this order. All that the clock decides is of one
/// moment.
///
/// In the order of LMS user ids it reads what it returns, and what the filter drops in between; in every other order, all of
/// the run.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_roster(
    conn: &mut PgConnection,
    run: &RosterRun,
    filter: &RosterFilter,
    order: RosterOrder,
    after: Option<&RosterPlace>,
    limit: i64,
    whose: Whose,
) -> sqlx::Result<Vec<RosterRow>> {
    let by_names = filter.names_somebody() || order.sort == RosterSort::Name;
    if by_names && whose == Whose::MayNot {
        return Ok(Vec::new());
    }
    let days = days(conn, run, filter).await?;
    let asked = (filter, order, &days, after, limit);
    match whose {
        Whose::MayNot => rows!(
            conn,
            run,
            asked,
            ("NULL::text AS username, NULL::text AS full_name, NULL::text AS email", "''", "", ""),
            []
        ),
        Whose::MaySeeNames => rows!(
            conn,
            run,
            asked,
            (
                "l.username, l.full_name, l.email",
                // No longer than a cursor can hold.
                "COALESCE(left(lower(l.full_name), 50), '')",
                "LEFT JOIN learner_profiles l ON l.learner_id = e.learner_id
                     AND ($6::bigint IS NULL OR $2::text <> 'learner_id' OR $3::float8 < 0 OR l.learner_id > $6::bigint)",
                "AND ($22::text IS NULL OR position(lower($22) IN lower(l.full_name)) > 0
                      OR position(lower($22) IN lower(l.username)) > 0 OR position(lower($22) IN lower(l.email)) > 0)
                 AND ($23::text IS NULL OR lower(l.username) = lower($23))
                 AND ($24::text IS NULL OR lower(l.email) = lower($24))"
            ),
            [filter.search, filter.username, filter.email]
        ),
    }
}

fn sign(direction: Direction) -> f64 {
    match direction {
        Direction::Ascending => 1.0,
        Direction::Descending => -1.0,
    }
}

/// The due dates, if the filter asks how learners stand to them.
async fn days(conn: &mut PgConnection, run: &RosterRun, filter: &RosterFilter) -> sqlx::Result<Days> {
    if filter.times.is_none() || run.schedule.due.is_none() {
        return Ok(Days::default());
    }
    let began = sqlx::query!(
        "SELECT min(attempt_started_at) AS first, max(attempt_started_at) AS last FROM enrolments WHERE run_id = $1",
        run.run_id,
    )
    .fetch_one(conn)
    .await?;
    let Some((first, last)) = began.first.zip(began.last) else { return Ok(Days::default()) };
    Ok(Days::of(&run.schedule, timestamp(first)?, timestamp(last)?))
}
