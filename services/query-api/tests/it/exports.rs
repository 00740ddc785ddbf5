//! Rosters as files: rows 88 and 94 of the list of faults.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt as _;
use lp_http::auth::testing::Who;
use serde_json::Value;
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::access::router;
use crate::crowd::{RUNS, crowd, many};

fn export(format: &str) -> String {
    format!("/api/v1/runs/{}/learners/export?format={format}", RUNS[0])
}

async fn ask(router: &Router, uri: &str) -> Response {
    router.clone().oneshot(Who::Manager.request("GET", uri).body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Waits until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_88_a_table_has_the_same_rows_as_the_list_and_no_formulas(pool: PgPool) {
    crowd(&pool, 11).await;
    let router = router(&pool);
    for filters in ["", "&achievement=completed", "&search=%3Dcmd", "&search=nobody"] {
        let uri = format!("/api/v1/runs/{}/learners?limit=200{filters}", RUNS[0]);
        let list: Value = serde_json::from_str(&text(ask(&router, &uri).await).await).unwrap();
        let list = list["items"].as_array().unwrap().clone();
        let lines = text(ask(&router, &format!("{}{filters}", export("jsonl"))).await).await;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, list, "{filters}");
        let table = ask(&router, &format!("{}{filters}", export("csv"))).await;
        assert_eq!(table.headers()["content-type"], "text/csv; charset=utf-8; header=present");
        assert_eq!(table.headers()["cache-control"], "private, no-store");
        let table = text(table).await;
        let mut table = csv::Reader::from_reader(table.as_bytes());
        let columns = table.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), list.len());
        for (row, shown) in rows.iter().zip(&list) {
            assert_eq!(columns.len(), shown.as_object().unwrap().len(), "{columns:?}");
            for (column, cell) in columns.iter().zip(row) {
                let expected = match &shown[column] {
                    Value::Null => String::new(),
                    Value::String(text) if text.starts_with('=') => format!("'{text}"),
                    Value::String(text) => text.clone(),
                    // As Rust writes it: 1 and not 1.0.
                    Value::Number(number) => number.as_f64().unwrap().to_string(),
                    other => other.to_string(),
                };
                assert_eq!(cell, expected, "{column}");
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            }
        }
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_export_of_a_path_is_that_of_its_runs(pool: PgPool) {
    crowd(&pool, 12).await;
    let router = router(&pool);
    let mut of_runs = String::new();
    for run in RUNS {
        of_runs +=
            &text(ask(&router, &format!("/api/v1/runs/{run}/learners/export?format=jsonl")).await).await;
    }
    assert_eq!(
        text(ask(&router, "/api/v1/paths/Org/CROWD/learners/export?format=jsonl").await).await,
        of_runs
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_94_there_are_so_many_exports_at_once_and_no_more(pool: PgPool) {
    crowd(&pool, 13).await;
    // More than an export reads ahead.
    many(&pool, 20_000).await;
    let router = router(&pool);
    let mut under_way = vec![];
    for _ in 0..4 {
        let response = ask(&router, &export("csv")).await;
        assert_eq!(response.status(), 200);
        under_way.push(response);
    }
    let refused = ask(&router, &export("csv")).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let learners = format!("/api/v1/runs/{}/learners", RUNS[0]);
    assert_eq!(ask(&router, &learners).await.status(), 200, "lists go on");
    // One is read to its end, one is given up: there is room for two.
    let whole = text(under_way.pop().unwrap()).await;
    assert_eq!(whole.lines().count(), 20_001);
    drop(under_way.pop());
    for _ in 0..2 {
        until("there is room again", async || {
            let response = ask(&router, &export("csv")).await;
            let is_let_in = response.status() == 200;
            if is_let_in {
                under_way.push(response);
            }
            is_let_in
        })
        .await;
    }
    assert_eq!(ask(&router, &export("csv")).await.status(), 429);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_94_an_export_that_nobody_waits_for_ends_its_query(pool: PgPool) {
    crowd(&pool, 14).await;
    let router = router(&pool);
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE completions IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'learning-paths-rosters'
                       AND state = 'active' AND wait_event_type = 'Lock'";
    let mut watcher = pool.acquire().await.unwrap();
    let mut number = async || -> i64 { sqlx::query_scalar(waiting).fetch_one(&mut *watcher).await.unwrap() };
    let uri = export("csv");
    {
        let mut asked = std::pin::pin!(ask(&router, &uri));
        until("it waits for the lock", async || {
            assert!(futures::poll!(asked.as_mut()).is_pending());
            number().await == 1
        })
        .await;
    }
    let given_up = Instant::now();
    until("nobody waits for the lock", async || number().await == 0).await;
    // Left alone it would have waited until its statement timed out.
    assert!(given_up.elapsed() < Duration::from_secs(4), "{:?}", given_up.elapsed());
    drop(lock);
    assert_eq!(ask(&router, &uri).await.status(), 200);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_export_that_breaks_off_is_not_taken_for_whole(pool: PgPool) {
    crowd(&pool, 15).await;
    many(&pool, 20_000).await;
    let router = router(&pool);
    let mut body = ask(&router, &export("csv")).await.into_body();
    body.frame().await.unwrap().unwrap();
    sqlx::query("REVOKE SELECT ON enrolments FROM lp_names_reader").execute(&pool).await.unwrap();
    let broken = loop {
        match body.frame().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error.to_string(),
            None => panic!("it ended as if it were whole"),
        }
    };
    assert!(!broken.contains("Example.com"), "{broken}");
}
