//! How long a report takes.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use chrono::NaiveDate;
use lp_devstack::Postgres;
use lp_progress_store::read::{self, By, Measure, Period};
use lp_progress_store::recount_reports;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::figure::median;

const RUN: &str = "path-v1:BenchX+N+R+G";
const ROUNDS: usize = 11;

/// Medians, in milliseconds.
pub(crate) struct Read {
    pub(crate) whole: f64,
    pub(crate) quarter: f64,
    pub(crate) at_risk: f64,
}

/// A run whose learners came in the course of a year, of whom a third finished in up to half a year, in twenty items.
const FILL: &str = "
    INSERT INTO paths (org, number, title, details) VALUES ('BenchX', 'N', 'T', '{}');
    INSERT INTO runs (run_key, path_id, policy, latest_revision) VALUES ('path-v1:BenchX+N+R+G', 1, '{}', 1);
    INSERT INTO revisions (run_id, revision, definition, digest)
    SELECT 1, 1, jsonb_build_object(
        'items', jsonb_agg(jsonb_build_object('id', 'i' || n, 'key', 'course-v1:B+C' || n || '+R', 'title', 'T')),
        'requirement', jsonb_build_object('all_of', jsonb_agg(jsonb_build_object('item', 'i' || n)))), ''
    FROM generate_series(0, 19) AS n;
    INSERT INTO report_contributions
        (learner_id, run_id, revision, enrolled_on, standing, started_on, completed_on, last_on, late, next_item, items)
    SELECT n, 1, 1, began, 0, began + n % 7, CASE WHEN n % 3 = 0 THEN began + 7 + n / 365 % 180 END,
           CASE WHEN n % 3 > 0 THEN began + n / 100 % 90 END, n % 3 > 0 AND n % 5 = 0,
           CASE WHEN n % 3 > 0 THEN n % 20 END,
           CASE WHEN n % 3 = 0 THEN repeat('2', 20) ELSE repeat('2', n % 20) || '1' || repeat('0', 19 - n % 20) END
    FROM (SELECT n, '2025-01-01'::date + n % 365 AS began FROM generate_series(1, $1) AS n) AS learners";

pub(crate) async fn measure(postgres: &Postgres, learners: i64) -> anyhow::Result<Read> {
    let url = postgres.create_database("reports").await?;
    let mut conn = PgConnection::connect(&url).await?;
    lp_progress_store::MIGRATOR.run(&mut conn).await?;
    eprintln!("counting {learners} learners …");
    sqlx::raw_sql(sqlx::AssertSqlSafe(FILL.replace("$1", &learners.to_string()))).execute(&mut conn).await?;
    conn.execute(
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         SELECT learner_id, 1, 'active', 1, enrolled_on, 1 FROM report_contributions",
    )
    .await?;
    // What nobody has counted yet is counted by a recount.
    ensure!(recount_reports(&mut conn).await? > 0, "nothing was counted");
    while lp_progress_store::fold_reports(&mut conn, 1_000).await? > 0 {}
    conn.execute("VACUUM ANALYZE").await?;
    let mut conn = read::pool(url.parse()?, 1).acquire().await?.detach();
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).context("no day");
    let whole = Period { from: day(1970, 1, 1)?, to: day(9999, 12, 31)? };
    let quarter = Period { from: day(2025, 4, 1)?, to: day(2025, 6, 30)? };
    let since = day(2025, 12, 1)?;
    let (mut wholes, mut quarters, mut pages) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        wholes.push(report(&mut conn, whole).await?);
        quarters.push(report(&mut conn, quarter).await?);
        let begun = Instant::now();
        let page = read::list_at_risk(&mut conn, RUN, since, (whole.from, 0), 51).await?;
        pages.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(page.len() == 51, "nobody is at risk");
    }
    Ok(Read { whole: median(&mut wholes), quarter: median(&mut quarters), at_risk: median(&mut pages) })
}

/// All that a report is made of.
async fn report(conn: &mut PgConnection, period: Period) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let run = read::reported_run(conn, RUN).await?.context("no run")?;
    let measures = [
        Measure::Enrolled,
        Measure::Started,
        Measure::StartedOn,
        Measure::CompletedOn,
        Measure::Days,
        Measure::ItemStarted,
        Measure::ItemCompleted,
        Measure::NextItem,
        Measure::Open,
    ];
    let counts = read::counts(conn, &[run.run_id], period, &measures, By::Revision).await?;
    ensure!(!counts.is_empty(), "nothing was counted");
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
