use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use lp_domain::{RunKey, Timestamp};
use lp_progress_store::plugin::{Viewer, Wanted, intervals, list_paths, number_new};
use lp_progress_store::{ClaimKey, MIGRATOR};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::{Report, import};

const TABLES: &str = include_str!("plugin.sql");
const PUB: &str = "path-v1:OX+PUB+2026+a";
const INV: &str = "path-v1:OX+INV+2026+a b/c";

fn now() -> Timestamp {
    Utc::now().try_into().unwrap()
}

fn claims() -> ClaimKey {
    ClaimKey::new("a key of tests, which is long enough".to_owned().into())
}

async fn bring(pool: &PgPool, dsn: &str) -> Report {
    import(pool, dsn, Some(&claims()), now(), false).await.unwrap()
}

/// A file with the plugin's tables in it.
async fn sqlite(dir: &Path, more: &str) -> String {
    let dsn = format!("sqlite://{}?mode=rwc", dir.join("plugin.sqlite3").display());
    let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect(&dsn).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("{TABLES}{more}"))).execute(&mut conn).await.unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    dsn
}

/// The database itself, with the plugin's tables in it: no table of ours has such a name.
async fn postgres(pool: &PgPool, more: &str) -> String {
    sqlx::raw_sql(AssertSqlSafe(format!("{TABLES}{more}"))).execute(pool).await.unwrap();
    let options = pool.connect_options();
    format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap()
    )
}

async fn change(dsn: &str, sql: &'static str) {
    let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect(dsn).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    sqlx::Connection::close(conn).await.unwrap();
}

async fn count(conn: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(conn).await.unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What is brought over from the tables above, whatever database they are in.
async fn is_all_there(pool: &PgPool, report: &Report) {
    let done = ["paths", "runs", "skills", "enrolments", "comings", "goings", "invitations"]
        .map(|what| report.of(what));
    assert_eq!(done, [2, 3, 2, 5, 6, 3, 1], "{report}");
    for (why, many) in [
        ("path: its key", 1),
        ("path: its steps", 2),
        ("path: it says other things", 1),
        ("skill: its level", 1),
        ("image", 1),
        ("enrolment: its last change is not recorded", 1),
    ] {
        assert_eq!(report.unmapped_by(why), many, "{why}: {report}");
    }
    let mut conn = pool.acquire().await.unwrap();
    let viewer = Viewer { sees_all: true, ..Viewer::default() };
    let paths = list_paths(&mut conn, &viewer, Wanted::All, 10, 0).await.unwrap();
    let known: Vec<_> = paths.iter().map(|path| (path.plugin_path_id, path.key.as_str())).collect();
    assert_eq!(known, [(1, PUB), (7, INV), (9, "path-v1:OX+PUB+2027+a")]);
    let first = &paths[0];
    assert_eq!(first.uuid.to_string(), "11111111-1111-4111-8111-111111111111");
    let shown = (first.sequential, first.required_completion, first.required_grade);
    assert_eq!(shown, (Some(true), Some(0.8), Some(0.75)));
    assert_eq!((paths[1].required_completion, paths[1].details.invite_only), (None, true));
    assert_eq!(first.details.skills_required, ["SQL"]);
    let items: Vec<String> = sqlx::query_scalar(
        "SELECT item ->> 'key' FROM revisions JOIN runs USING (run_id), jsonb_array_elements(definition -> 'items') AS item
         WHERE run_key = 'path-v1:OX+PUB+2026+a'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    assert_eq!(
        items,
        ["course-v1:OX+C1+2026", "course-v1:OX+C2+2026", "course-v1:OX+C3+2026"],
        "without a number last"
    );
    let all = intervals(&mut conn, &RunKey::parse(PUB).unwrap(), &[3, 4, 5, 6]).await.unwrap();
    assert_eq!(all[&3], [at("2025-03-01T10:00:00Z")]);
    assert_eq!(all[&4], [at("2025-03-02T10:00:00Z"), at("2025-04-01T10:00:00Z"), at("2025-06-01T10:00:00Z")]);
    assert_eq!(all[&5], [at("2025-03-03T10:00:00Z"), at("2025-07-01T10:00:00Z")]);
    assert_eq!(all[&6], [at("2025-03-04T10:00:00Z"), at("2025-03-04T20:00:00Z")]);
    let who: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT actor, reason FROM audit_log WHERE action LIKE 'enrolment.%' AND actor LIKE 'user:%' ORDER BY actor",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let said =
        [("user:1", Some("by the faculty, OX, dean")), ("user:2", Some("asked to leave")), ("user:6", None)];
    assert_eq!(who, said.map(|(actor, reason)| (actor.to_owned(), reason.map(str::to_owned))));
    // Nobody's address is anywhere.
    assert_eq!(
        count(&mut conn, "SELECT count(*) FROM invitations WHERE invitations::text ILIKE '%x.org%'").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn all_that_can_be_mapped_comes_over_from_sqlite_and_a_second_time_nothing(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let dsn = sqlite(dir.path(), "").await;
    let told = import(&pool, &dsn, Some(&claims()), now(), true).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(count(&mut conn, "SELECT count(*) FROM paths").await, 0, "a dry run writes nothing");
    let report = bring(&pool, &dsn).await;
    assert_eq!(told, report, "and says the same");
    is_all_there(&pool, &report).await;
    let again = bring(&pool, &dsn).await;
    assert!(again.is_nothing(), "{again}");
    // Numbers drawn from now on come after.
    let here = "WITH p AS (INSERT INTO paths (org, number, title, details) VALUES ('O', 'N', 'T', '{}') RETURNING path_id),
         r AS (INSERT INTO runs (run_key, path_id, policy, latest_revision) SELECT 'path-v1:O+N+R+G', path_id, '{}', 1 FROM p
               RETURNING run_id)
         INSERT INTO revisions (run_id, revision, definition, digest) SELECT run_id, 1, '{}', '' FROM r";
    sqlx::query(here).execute(&mut *conn).await.unwrap();
    number_new(&mut conn).await.unwrap();
    assert_eq!(count(&mut conn, "SELECT max(plugin_path_id) FROM plugin_paths").await, 10);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_comes_over_from_postgres(pool: PgPool) {
    let dsn = postgres(&pool, "").await;
    is_all_there(&pool, &bring(&pool, &dsn).await).await;
}

/// As at most sites: the table is of an old release.
#[sqlx::test(migrator = "MIGRATOR")]
async fn postgres_without_the_old_table_gives_all_else(pool: PgPool) {
    let dsn = postgres(&pool, "DROP TABLE learning_paths_historicallearningpathenrollment;").await;
    let report = bring(&pool, &dsn).await;
    assert_eq!((report.of("enrolments"), report.of("comings"), report.of("goings")), (5, 6, 3), "{report}");
    // When 6 left is known from their row alone.
    assert_eq!(report.unmapped_by("enrolment: its last change is not recorded"), 2, "{report}");
}

/// `LP_PLUGIN_MYSQL` names a database that may be emptied, `mysql://user@host/database`.
#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_comes_over_from_mysql_or_mariadb(pool: PgPool) {
    let Ok(dsn) = std::env::var("LP_PLUGIN_MYSQL") else {
        println!("did not run: LP_PLUGIN_MYSQL names no database");
        return;
    };
    let mut conn = <sqlx::MySqlConnection as sqlx::Connection>::connect(&dsn).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar("SHOW TABLES").fetch_all(&mut conn).await.unwrap();
    for table in tables {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut conn).await.unwrap();
    }
    let tables = TABLES.replace("TIMESTAMP", "DATETIME(6)");
    sqlx::raw_sql(AssertSqlSafe(format!("SET sql_mode = 'ANSI_QUOTES'; {tables}")))
        .execute(&mut conn)
        .await
        .unwrap();
    is_all_there(&pool, &bring(&pool, &dsn).await).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_new_there_comes_and_what_was_changed_here_stays(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let dsn = sqlite(dir.path(), "").await;
    bring(&pool, &dsn).await;
    // There: 3 leaves, 8 comes. Here: 4 was taken out.
    change(
        &dsn,
        "UPDATE learning_paths_learningpathenrollment SET is_active = FALSE WHERE id = 11;
         INSERT INTO learning_paths_learningpathenrollmentaudit VALUES
             (20, '2025-09-01 10:00:00', NULL, 11, NULL, 'from enrolled to unenrolled', '', '', '');
         INSERT INTO learning_paths_learningpathenrollment VALUES
             (30, '2025-09-02 10:00:00', '2025-09-02 10:00:00', 8, 1, TRUE);
         UPDATE learning_paths_learningpath SET display_name = 'Called otherwise' WHERE id = 1;",
    )
    .await;
    sqlx::query(
        "UPDATE enrolment_intervals SET closed_at = now() WHERE learner_id = 4 AND closed_at IS NULL",
    )
    .execute(&pool)
    .await
    .unwrap();
    let report = bring(&pool, &dsn).await;
    let done = ["enrolments", "comings", "goings", "paths"].map(|what| report.of(what));
    assert_eq!(done, [1, 1, 1, 0], "{report}");
    assert_eq!(report.unmapped_by("enrolment: it was changed here"), 1, "{report}");
    assert_eq!(report.unmapped_by("path: it says other things"), 2, "{report}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_that_is_taken_is_told_and_nothing_is_written(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let dsn = sqlite(dir.path(), "").await;
    let here = "WITH p AS (INSERT INTO paths (org, number, title, details) VALUES ('O', 'N', 'T', '{}') RETURNING path_id),
         r AS (INSERT INTO runs (run_key, path_id, policy, latest_revision) SELECT 'path-v1:O+N+R+G', path_id, '{}', 1 FROM p
               RETURNING run_id)
         INSERT INTO plugin_paths (plugin_path_id, run_id) SELECT 7, run_id FROM r";
    sqlx::query(here).execute(&pool).await.unwrap();
    let error = import(&pool, &dsn, Some(&claims()), now(), false).await.unwrap_err();
    assert!(error.to_string().contains("is number 7"), "{error:#}");
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(count(&mut conn, "SELECT count(*) FROM paths").await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn tables_of_another_release_are_refused_and_the_password_is_not_told(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let dsn = sqlite(dir.path(), "ALTER TABLE learning_paths_learningpath DROP COLUMN invite_only;").await;
    let error = import(&pool, &dsn, None, now(), false).await.unwrap_err();
    assert!(error.to_string().contains("run its migrations first"), "{error:#}");
    for dsn in [
        "mysql://somebody:hunter2@127.0.0.1:1/none",
        "postgres://somebody:hunter2@127.0.0.1:1/none",
        "hunter2",
    ] {
        let error = import(&pool, dsn, None, now(), false).await.unwrap_err();
        assert!(!format!("{error:#} {error:?}").contains("hunter2"), "{error:?}");
    }
}

/// The tables that the plugin's own migrations make, filled by its own models.
#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_plugin_itself_has_written_comes_over(pool: PgPool) {
    let Some(python) = std::env::var_os("LP_PLUGIN_PYTHON") else {
        println!("did not run: LP_PLUGIN_PYTHON names no Python with the plugin");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("plugin.sqlite3");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plugin/seed.py");
    let output = Command::new(python).arg(script).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seeded: Vec<(i64, String, String)> = serde_json::from_slice(&output.stdout).unwrap();
    let dsn = format!("sqlite://{}", file.display());
    let report = bring(&pool, &dsn).await;
    assert_eq!(report.of("runs"), seeded.len() as u64, "{report}");
    let mut conn = pool.acquire().await.unwrap();
    let viewer = Viewer { sees_all: true, ..Viewer::default() };
    let paths = list_paths(&mut conn, &viewer, Wanted::All, 10, 0).await.unwrap();
    let known: Vec<_> =
        paths.iter().map(|path| (path.plugin_path_id, path.key.to_string(), path.uuid.to_string())).collect();
    assert_eq!(known, seeded);
    // Ann is in, Bob left, and whoever has no account waits.
    let first = RunKey::parse(&seeded[0].1).unwrap();
    let all = intervals(&mut conn, &first, &[3, 4]).await.unwrap();
    assert_eq!((all[&3].len(), all[&4].len(), report.of("invitations")), (1, 2, 1), "{report}");
    assert_eq!(report.unmapped_by("enrolment"), 0, "{report}");
    assert!(bring(&pool, &dsn).await.is_nothing());
}
