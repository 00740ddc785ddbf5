//! What an export of very many learners takes: by itself in a process, so that its memory can be seen.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use lp_http::{Auth, Checks, Limits};
use lp_progress_store::read;
use lp_query_api::http::{QueryState, api};
use sqlx::PgPool;
use tower::ServiceExt as _;

const LEARNERS: usize = 100_000;

/// Resident memory in bytes, as Linux says it.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_export_of_100_000_learners_takes_no_more_memory_than_a_portion(pool: PgPool) {
    let script = "
        INSERT INTO paths (org, number, title, details) VALUES ('Org', 'P', 'P', '{}');
        INSERT INTO runs (run_key, path_id, policy, latest_revision, schedule)
            VALUES ('path-v1:Org+P+R+G', 1, '{}', 1, '{\"due\": {\"after\": {\"days\": 30}}}');
        INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
            SELECT n, 1, 'active', 1, '2026-01-01Z', 1 FROM generate_series(1, 100000) AS n;
        INSERT INTO progress (learner_id, run_id, revision, attempt, achievement, progress, verdict, digest)
            SELECT n, 1, 1, 1, 1, 0.5, '{}', '' FROM generate_series(1, 100000) AS n;
        ANALYZE";
    sqlx::raw_sql(script).execute(&pool).await.unwrap();
    let readers = read::pool((*pool.connect_options()).clone(), 2);
    let limits = Limits::default();
    let router =
        api(QueryState::new(readers), Checks::new(), Arc::new(String::new), Auth::open(), limits).router();
    // The first time warms up what stays.
    for n in 0..2 {
        let before = resident();
        let uri = "/api/v1/runs/path-v1:Org+P+R+G/learners/export?format=jsonl";
        let mut body =
            router.clone().oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap().into_body();
        let (mut lines, mut bytes, mut largest, mut most) = (0, 0, 0, 0);
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            lines += data.split(|byte| *byte == b'\n').count() - 1;
            bytes += data.len();
            largest = largest.max(data.len());
            most = most.max(resident());
        }
        assert_eq!(lines, LEARNERS);
        assert!(largest < bytes / 20, "{largest} of {bytes} bytes at once");
        let taken = most.saturating_sub(before);
        assert!(n == 0 || taken < bytes / 5, "{taken} bytes of memory for {bytes} bytes of answer");
    }
}
