//! The dashboard over the database: its queries, its role, and its numbers beside those of reports.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Row as _};

use crate::reports::{counted, of_run, ok, router};
use crate::seed::DATA;

/// As the role that Grafana's login is in.
async fn dashboard(pool: &PgPool) -> PgConnection {
    let mut conn = PgConnection::connect_with(&pool.connect_options()).await.unwrap();
    sqlx::query("SET ROLE lp_dashboard").execute(&mut conn).await.unwrap();
    conn
}

async fn rows(conn: &mut PgConnection, sql: &str) -> Vec<Value> {
    let sql = format!("SELECT to_jsonb(row) FROM ({sql}) AS row");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await.unwrap()
}

/// A query as Grafana sends it, where everything is chosen.
fn as_sent(sql: &str) -> String {
    sql.replace("${org:sqlstring}", "'Org'")
        .replace("${run:sqlstring}", &format!("'{DATA}'"))
        .replace("$__timeFilter(\"time\")", "\"time\" BETWEEN '2026-01-01Z' AND '2026-12-31Z'")
        .replace("$__timeGroup(\"time\", '1d')", "date_trunc('day', \"time\")")
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn every_query_of_the_dashboard_runs_in_its_role(pool: PgPool) {
    counted(&pool).await;
    let mut conn = dashboard(&pool).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/grafana/dashboards/learning.json");
    let board: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut asked = 0;
    for panel in all(&board["panels"]) {
        for target in all(&panel["targets"]) {
            let sql = as_sent(target["rawSql"].as_str().unwrap());
            assert!(!sql.contains('$'), "{sql}");
            let found: Vec<PgRow> = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
            let columns: Vec<&str> = found[0].columns().iter().map(sqlx::Column::name).collect();
            match panel["type"].as_str().unwrap() {
                "timeseries" => assert_eq!(columns, ["time", "enrolled", "started", "completed"]),
                "barchart" => assert_eq!(columns[0], panel["options"]["xField"]),
                "stat" => assert_eq!((columns.len(), found.len()), (1, 1)),
                _ => assert!(columns.contains(&"run_key"), "{columns:?}"),
            }
            asked += 1;
        }
    }
    for variable in all(&board["templating"]["list"]).iter().filter(|variable| variable["type"] == "query") {
        let found = rows(&mut conn, &as_sent(variable["query"].as_str().unwrap())).await;
        assert!(!found.is_empty(), "{variable}");
    }
    assert_eq!(asked, 9);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn its_numbers_are_those_of_the_report(pool: PgPool) {
    counted(&pool).await;
    let (mut conn, report) = (dashboard(&pool).await, ok(&router(&pool, 0), &of_run("")).await);
    let run = &rows(&mut conn, &format!("SELECT * FROM dashboard_runs WHERE run_key = '{DATA}'")).await[0];
    for name in ["enrolled", "active", "started", "completed", "completion_rate"] {
        assert_eq!(run[name], report[name], "{name}");
    }
    // Four each took 3, 10 and 20 days.
    let days = ["days_lower_quartile", "days_median", "days_upper_quartile"].map(|name| run[name].clone());
    assert_eq!(days, [json!(3), json!(10), json!(20)]);
    assert_eq!(
        (&run["open"], &run["late"], &run["inactive_for_14_days"]),
        (&json!(95), &json!(60), &json!(85))
    );
    let trend = &report["trend"];
    let days = rows(&mut conn, &format!("SELECT * FROM dashboard_days WHERE run_key = '{DATA}'")).await;
    for name in ["enrolled", "started", "completed"] {
        let sum = |all: &[Value]| all.iter().filter_map(|day| day[name].as_i64()).sum::<i64>();
        assert_eq!(sum(&days), sum(trend.as_array().unwrap()), "{name}");
    }
    let items =
        rows(&mut conn, &format!("SELECT * FROM dashboard_items WHERE run_key = '{DATA}' ORDER BY place"))
            .await;
    assert!(!items.is_empty());
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn counts_of_few_are_hidden_where_the_operator_says_so(pool: PgPool) {
    counted(&pool).await;
    sqlx::query("UPDATE dashboard_settings SET min_group = 15").execute(&pool).await.unwrap();
    let mut conn = dashboard(&pool).await;
    let run = &rows(&mut conn, &format!("SELECT * FROM dashboard_runs WHERE run_key = '{DATA}'")).await[0];
    assert_eq!((&run["enrolled"], &run["completed"]), (&json!(110), &Value::Null));
    for name in ["completion_rate", "days_lower_quartile", "days_median", "days_upper_quartile"] {
        assert_eq!(run[name], Value::Null, "{name}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn its_role_sees_counts_and_nothing_else(pool: PgPool) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v', 'p') AND NOT c.relispartition",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut conn = dashboard(&pool).await;
    let mut seen = Vec::new();
    for table in tables {
        if sqlx::query(AssertSqlSafe(format!("SELECT FROM {table} LIMIT 0"))).execute(&mut conn).await.is_ok()
        {
            seen.push(table);
        }
    }
    seen.sort();
    assert_eq!(seen, ["dashboard_days", "dashboard_items", "dashboard_runs"]);
    for change in ["UPDATE dashboard_settings SET min_group = 0", "DELETE FROM dashboard_runs"] {
        assert!(sqlx::query(change).execute(&mut conn).await.is_err(), "{change}");
    }
}
