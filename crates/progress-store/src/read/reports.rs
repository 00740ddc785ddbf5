//! Counts that reports are made of: totals and what is to be added to them, in one statement, so that they are exact. No table
//! that grows with learners is read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use lp_domain::Definition;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::reports::Measure;

/// Days, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// What counts are kept apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum By {
    /// Nothing.
    All = 0,
    /// Runs, by their numbers in the database.
    Run = 1,
    /// Revisions.
    Revision = 2,
}

/// Learners of whom the same is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The run's number or the revision; 0 when they are not kept apart.
    pub part: i64,
    /// What is counted.
    pub measure: Measure,
    /// The day, where counts of days are asked for.
    pub day: Option<NaiveDate>,
    /// The number that the measure counts by.
    pub point: i32,
    /// How many.
    pub learners: i64,
}

/// A run, for a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedRun {
    /// Its number in the database.
    pub run_id: i64,
    /// The path's title.
    pub title: String,
    /// Learners are just being judged anew: counts move until that is done.
    pub is_moving: bool,
    /// What its revisions consist of, by number.
    pub definitions: BTreeMap<i32, Definition>,
}

/// A run with its revisions; `None` when there is no such run.
///
/// # Errors
/// When the database cannot answer.
pub async fn reported_run(conn: &mut PgConnection, run_key: &str) -> sqlx::Result<Option<ReportedRun>> {
    let rows = sqlx::query!(
        r#"SELECT runs.run_id, paths.title, v.revision AS "revision?", v.definition AS "definition?: Json<Definition>",
                  EXISTS (SELECT FROM rejudgements j WHERE j.run_id = runs.run_id) AS "is_moving!"
           FROM runs JOIN paths USING (path_id) LEFT JOIN revisions v USING (run_id)
           WHERE runs.run_key = $1"#,
        run_key,
    )
    .fetch_all(conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (run_id, title, is_moving) = (first.run_id, first.title.clone(), first.is_moving);
    let definitions = rows.into_iter().filter_map(|row| Some((row.revision?, row.definition?.0))).collect();
    Ok(Some(ReportedRun { run_id, title, is_moving, definitions }))
}

/// The numbers of an organisation's runs, or of those of one path; archived ones too. `None` when there is no such path.
///
/// # Errors
/// When the database cannot answer.
pub async fn runs_of(
    conn: &mut PgConnection,
    org: &str,
    number: Option<&str>,
) -> sqlx::Result<Option<Vec<i64>>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT runs.run_id AS "run_id?" FROM paths LEFT JOIN runs USING (path_id)
           WHERE paths.org = $1 AND ($2::text IS NULL OR paths.number = $2)"#,
        org,
        number,
    )
    .fetch_all(conn)
    .await?;
    Ok((!rows.is_empty()).then(|| rows.into_iter().flatten().collect()))
}

/// Counts of these runs' learners: those who were enrolled in the period, or, by day, what happened in it. Of who may be at risk
/// all, as they are now.
///
/// # Errors
/// When the database cannot answer.
pub async fn counts(
    conn: &mut PgConnection,
    runs: &[i64],
    period: Period,
    measures: &[Measure],
    by: By,
) -> sqlx::Result<Vec<Count>> {
    let measures: Vec<i16> = measures.iter().map(|measure| *measure as i16).collect();
    let rows = sqlx::query!(
        r#"WITH kept AS (
               SELECT run_id, measure, day, revision, point, learners FROM report_totals
               WHERE run_id = ANY($1) AND measure = ANY($4) AND (day BETWEEN $2 AND $3 OR measure = 8)
               UNION ALL
               SELECT d.run_id, n.measure, n.day, n.revision, n.point, n.learners
               FROM report_deltas d, unnest(d.measures, d.days, d.revisions, d.points, d.learners)
                    AS n (measure, day, revision, point, learners)
               WHERE d.run_id = ANY($1) AND n.measure = ANY($4) AND (n.day BETWEEN $2 AND $3 OR n.measure = 8)
           )
           SELECT CASE $5::smallint WHEN 1 THEN run_id WHEN 2 THEN revision ELSE 0 END AS "part!",
                  measure AS "measure!", CASE WHEN measure IN (0, 2, 3, 8) THEN day END AS day, point AS "point!",
                  sum(learners)::bigint AS "learners!"
           FROM kept GROUP BY 1, 2, 3, 4 HAVING sum(learners) <> 0"#,
        runs,
        period.from,
        period.to,
        &measures,
        by as i16,
    )
    .fetch_all(conn)
    .await?;
    let counts = rows.into_iter().filter_map(|row| {
        let measure = Measure::of_number(row.measure)?;
        Some(Count { part: row.part, measure, day: row.day, point: row.point, learners: row.learners })
    });
    Ok(counts.collect())
}
