//! Many learners in three runs each: some as the store itself makes them, then as many copies as are wanted.

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use lp_domain::{LearnerId, PathDetails, PathId, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{Again, Catalogue, EnrolmentRequest, Tellings, Wish};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::what_if::story;
use crate::what_if_part::current;

/// The runs, each of four courses.
pub(crate) const RUNS: [&str; 3] =
    ["path-v1:BenchX+READ1+all+open", "path-v1:BenchX+READ2+all+open", "path-v1:BenchX+READ3+all+open"];

/// Learners who are made by the store; all others are their copies.
pub(crate) const MADE: i64 = 200;

/// What a learner's rows are read from, and the columns of which each copy has one of its own.
const TABLES: [(&str, &str); 6] = [
    ("learners", ""),
    ("enrolments", ""),
    ("enrolment_intervals", ""),
    ("progress", ""),
    ("completions", "completion_id"),
    ("report_contributions", ""),
];

/// Fills an empty database.
pub(crate) async fn fill(url: &str, learners: i64) -> anyhow::Result<()> {
    ensure!(learners % MADE == 0, "learners come in portions of {MADE}");
    let mut conn = lp_postgres::writer(url.parse()?, "bench-read", 1).acquire().await?.detach();
    lp_progress_store::MIGRATOR.run(&mut conn).await?;
    made(&mut conn).await?;
    sqlx::query("SET synchronous_commit = off").execute(&mut conn).await?;
    for (table, own) in TABLES {
        copy(&mut conn, table, own, learners / MADE - 1).await?;
    }
    sqlx::query("VACUUM ANALYZE").execute(&mut conn).await?;
    sqlx::query("CHECKPOINT").execute(&mut conn).await?;
    Ok(())
}

async fn made(conn: &mut PgConnection) -> anyhow::Result<()> {
    let (by, mut catalogue) = (By::command("bench"), Catalogue::default());
    let began = Timestamp::try_from(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000))?;
    let mut requests = Vec::new();
    for key in RUNS {
        let run = RunKey::parse(key)?;
        let path =
            Path { id: PathId::from(&run), title: "A path to read".into(), details: PathDetails::default() };
        put_path(conn, &by, &path).await?;
        put_run(conn, &by, &run, &RunPolicy::default(), &current()?).await?;
        for learner in 1..=MADE {
            let (learner, wish) = (LearnerId::try_from(learner)?, Wish::Enrol(Again::Resumed));
            requests.push(EnrolmentRequest { learner, run: run.clone(), wish, at: began });
        }
    }
    let now = Timestamp::try_from(Utc::now())?;
    lp_progress_store::enrol(conn, &mut catalogue, &by, &requests, now).await?;
    let mut random = StdRng::seed_from_u64(2026);
    let mut facts = Vec::new();
    for learner in 1..=MADE {
        facts.extend(story(LearnerId::try_from(learner)?, &mut random)?);
    }
    // Some have done all, some some of it, some nothing.
    facts.retain(|telling| telling.fact.learner.get() % 4 != 0 || telling.fact.at.get().timestamp() % 3 == 0);
    lp_progress_store::apply(conn, &mut catalogue, &Tellings { facts, ..Tellings::default() }, now).await?;
    Ok(())
}

/// So many copies of each row, of learners of other ids.
async fn copy(conn: &mut PgConnection, table: &str, own: &str, copies: i64) -> anyhow::Result<()> {
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO'
         ORDER BY ordinal_position",
    )
    .bind(table)
    .fetch_all(&mut *conn)
    .await?;
    let value = |column: &String| match column.as_str() {
        "learner_id" => format!("t.learner_id + copy * {MADE}"),
        column if column == own => "gen_random_uuid()".to_owned(),
        column => format!("t.{column}"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT {} FROM generate_series(1, {copies}) AS copy, {table} t WHERE t.learner_id <= {MADE}",
        columns.join(", "),
        values.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}
