//! What the router answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use lp_http::auth::AuthConfig;
use lp_http::{Auth, Checks, Cursor, Limits, ServiceToken};
use lp_progress_store::read;
use lp_query_api::http::{QueryState, api};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::seed::{self, DATA, seed};

pub(crate) fn router(pool: &PgPool) -> Router {
    let readers = read::pool((*pool.connect_options()).clone(), 2);
    api(QueryState::new(readers), Checks::new(), Arc::new(String::new), Auth::open(), Limits::default())
        .router()
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

pub(crate) async fn get(router: &Router, uri: &str) -> Answer {
    ask(router, Request::get(uri).body(Body::empty()).unwrap()).await
}

/// Every parameter that some list or lookup takes.
/// Every byte percent-encoded, as any client may do.
pub(crate) fn encoded(text: impl AsRef<[u8]>) -> String {
    text.as_ref().iter().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_learners_runs_say_enrolment_achievement_progress_and_grade(pool: PgPool) {
    seed(&pool).await;
    let answer = get(&router(&pool), "/api/v1/learners/42/runs").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.json(),
        json!({ "items": [
            {
                "run_key": "path-v1:Org Ü+N/1?x=1&y#z%2F+R;run+🎓", "title": "Odd", "revision": 1,
                "latest_revision": 1, "update_available": false, "next_item": null,
                "enrolment": { "state": "withdrawn", "attempt": 1, "enrolled_at": "2026-01-01T00:00:00Z" },
                "achievement": "not_started", "progress": 0.0, "grade": null, "completed_at": null,
                "completion": null, "time": { "status": "no_date", "due_at": null, "closes_at": null },
                "updated_at": "2026-01-02T00:00:00Z",
            },
            {
                "run_key": DATA, "title": "Data analyst", "revision": 2,
                "latest_revision": 2, "update_available": false,
                "next_item": { "id": "sql", "title": "Tables", "context_key": "course-v1:Org+SQL+2026" },
                "enrolment": { "state": "active", "attempt": 1, "enrolled_at": "2026-01-01T00:00:00Z" },
                "achievement": "in_progress", "progress": 0.5, "grade": 0.0, "completed_at": null,
                "completion": {
                    "completion_id": "6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e", "state": "grace",
                    "completed_at": "2026-02-01T00:00:00Z", "state_at": "2026-03-01T00:00:00Z",
                    "award": { "state": "grace", "period": 1, "valid_from": "2026-02-02T00:00:00Z",
                               "expires_at": "2126-02-01T00:00:00Z" },
                },
                "time": { "status": "overdue", "due_at": "2026-02-01T00:00:00Z", "closes_at": "2100-01-01T00:00:00Z" },
                "updated_at": "2026-02-02T00:00:00Z",
            },
        ] })
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn one_run_says_every_item_and_node_and_what_is_missing(pool: PgPool) {
    seed(&pool).await;
    let uri = format!("/api/v1/learners/42/runs/{DATA}");
    let answer = get(&router(&pool), &uri).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    insta::assert_json_snapshot!(answer.json());
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_etag_is_known_again_until_anything_changes(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let uri = format!("/api/v1/learners/42/runs/{DATA}");
    let tag = get(&router, &uri).await.headers["etag"].to_str().unwrap().to_owned();
    let with = |tag: &str| Request::get(&uri).header("if-none-match", tag).body(Body::empty()).unwrap();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let answer = ask(&router, with(&known)).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
        assert_eq!(answer.headers["etag"], tag.as_str());
    }
    assert_eq!(ask(&router, with("\"x\"")).await.status, 200);
    for change in [
        "UPDATE learners SET version = version + 1",
        "UPDATE progress SET updated_at = updated_at + interval '1 microsecond'",
        "UPDATE contexts SET told_at = told_at + interval '1 microsecond'",
        "UPDATE paths SET updated_at = now() + interval '1 day'",
    ] {
        let before = get(&router, &uri).await.headers["etag"].clone();
        sqlx::query(change).execute(&pool).await.unwrap();
        assert_ne!(get(&router, &uri).await.headers["etag"], before, "{change}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_key_with_odd_characters_is_found_when_it_is_encoded(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    for key in [seed::ODD, DATA] {
        for learner in ["42", "%34%32"] {
            let answer = get(&router, &format!("/api/v1/learners/{learner}/runs/{}", encoded(key))).await;
            assert_eq!((answer.status, &answer.json()["run_key"]), (200, &json!(key)));
        }
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn runs_are_listed_without_archived_ones_in_pages(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let whole = get(&router, "/api/v1/runs").await.json();
    let keys: Vec<_> = whole["items"].as_array().unwrap().iter().map(|run| run["run_key"].clone()).collect();
    assert_eq!(keys, [json!(seed::ODD), json!(DATA)]);
    assert_eq!(whole["items"][1]["revision"], 2);
    assert_eq!(whole["items"][1]["details"], json!({ "level": "Introductory" }));
    for base in ["/api/v1/runs", "/api/v1/paths", "/api/v1/learners/42/runs"] {
        let whole = get(&router, base).await.json();
        let mut items = vec![];
        let mut uri = format!("{base}?limit=1");
        loop {
            let page = get(&router, &uri).await.json();
            assert_eq!(page["items"].as_array().unwrap().len(), 1);
            items.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            uri = format!("{base}?limit=1&cursor={next}");
        }
        assert_eq!(json!(items), whole["items"], "{base}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn unknown_is_404_or_empty_and_malformed_is_400(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let nobody = get(&router, "/api/v1/learners/7/runs").await;
    assert_eq!((nobody.status, nobody.json()), (200, json!({ "items": [] })));
    let cursor = |place: Value| {
        serde_json::to_value(Cursor::at(&place).unwrap()).unwrap().as_str().unwrap().to_owned()
    };
    for (uri, status) in [
        (format!("/api/v1/learners/7/runs/{DATA}"), 404),
        ("/api/v1/learners/42/runs/path-v1:No+Such+Run+Here".into(), 404),
        ("/api/v1/learners/42/runs/path-v1:Org+N+R+Old".into(), 404),
        ("/api/v1/learners/42/runs/course-v1:edX+777+2026".into(), 400),
        ("/api/v1/learners/42/runs/path-v1:a+b+c".into(), 400),
        (format!("/api/v1/learners/42/runs/path-v1:a+b+c+{}", "d".repeat(255)), 400),
        ("/api/v1/learners/42/runs/path-v1:a+b+c+%00".into(), 400),
        ("/api/v1/learners/42/runs/path-v1:a+b+c+%FF".into(), 400),
        ("/api/v1/learners/42/runs/".into(), 404),
        ("/api/v1/learners/42/runs/path-v1:a/b+N+R+G".into(), 404),
        ("/api/v1/learners/0/runs".into(), 400),
        ("/api/v1/learners/9223372036854775808/runs".into(), 400),
        ("/api/v1/learners/alice/runs".into(), 400),
        ("/api/v1/learners/42/runs?username=alice".into(), 400),
        ("/api/v1/learners/42/runs?limit=0".into(), 400),
        ("/api/v1/learners/42/runs?limit=x".into(), 400),
        ("/api/v1/runs?archived=true".into(), 400),
        (format!("/api/v1/learners/42/runs/{DATA}?username=alice"), 400),
        ("/api/v1/runs?cursor=".into(), 400),
        (format!("/api/v1/runs?cursor={}", cursor(json!("\u{0}"))), 400),
        (format!("/api/v1/runs?cursor={}", cursor(json!(7))), 400),
        (format!("/api/v1/runs?cursor={}", cursor(json!("path-v1:z+z+z+z"))), 400),
        (format!("/api/v1/learners/42/runs?cursor={}", cursor(json!("path-v1:z+z+z+z"))), 200),
    ] {
        let answer = get(&router, &uri).await;
        assert_eq!(answer.status, status, "{uri}: {}", answer.text);
        if status != 200 {
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{uri}");
        }
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_87_a_page_is_capped_whatever_is_asked(pool: PgPool) {
    seed(&pool).await;
    seed::many_runs(&pool, 250).await;
    let page = get(&router(&pool), "/api/v1/runs?limit=4294967295").await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 200);
    assert!(page["next"].is_string());
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_85_no_answer_holds_a_name_and_none_is_cached(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let one = format!("/api/v1/learners/42/runs/{DATA}");
    for uri in [
        "/api/v1/learners/42/runs",
        &one,
        "/api/v1/runs",
        "/api/v1/paths",
        "/api/v1/paths/Org/DATA",
        &format!("/api/v1/runs/{DATA}"),
        &format!("{one}?as_of=2026-02-01T00:00:00Z"),
        "/health/ready",
        "/metrics",
    ] {
        let answer = get(&router, uri).await;
        assert_eq!(answer.status, 200, "{uri}: {}", answer.text);
        assert!(!answer.text.to_lowercase().contains("canary"), "{uri}: {}", answer.text);
        assert_eq!(answer.headers["cache-control"], "private, no-store", "{uri}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn without_the_token_nothing_of_learners_is_told(pool: PgPool) {
    let readers = read::pool((*pool.connect_options()).clone(), 1);
    let operator = Some(ServiceToken::new("a-long-token-for-tests"));
    let auth = Auth::new(AuthConfig { operator, ..AuthConfig::default() });
    let router =
        api(QueryState::new(readers), Checks::new(), Arc::new(String::new), auth, Limits::default()).router();
    for uri in ["/api/v1/runs", "/api/v1/learners/42/runs", &format!("/api/v1/learners/42/runs/{DATA}")] {
        assert_eq!(get(&router, uri).await.status, 401, "{uri}");
    }
    let known = Request::get("/api/v1/runs").header("authorization", "Bearer a-long-token-for-tests");
    assert_eq!(ask(&router, known.body(Body::empty()).unwrap()).await.status, 200);
}

#[sqlx::test(migrations = false)]
async fn a_database_that_is_not_migrated_or_away_is_said_so(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    // As who logs in: the reader's role is in the cluster only once some database was migrated.
    let empty =
        api(QueryState::new(pool), Checks::new(), Arc::new(String::new), Auth::open(), Limits::default())
            .router();
    let ready = get(&empty, "/health/ready").await;
    assert_eq!(ready.status, 503);
    assert!(ready.json()["checks"]["postgres"].as_str().unwrap().contains("learning-paths migrate"));

    let readers = read::pool(options.port(1), 1);
    let away =
        api(QueryState::new(readers), Checks::new(), Arc::new(String::new), Auth::open(), Limits::default())
            .router();
    let answer = get(&away, "/api/v1/learners/42/runs").await;
    assert_eq!((answer.status, answer.json().get("detail")), (503, None));
    assert_eq!(get(&away, "/health/live").await.status, 200);
}

/// Names that some operation knows.
const PARAMETERS: &[&str] = &[
    "cursor",
    "limit",
    "time",
    "sort",
    "search",
    "attempt",
    "progress_min",
    "no_fact_since",
    "format",
    "from",
    "to",
    "inactive_days",
    "runs",
    "org",
    "level",
    "label",
    "skill",
    "open",
    "enrolled",
    "as_of",
];

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_75_no_request_however_formed_gives_a_5xx(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let part = "[^+\\x00-\\x1f\\x7f]{0,8}";
    let run_key = format!("path-v1:{part}\\+{part}\\+{part}\\+{part}");
    let odd = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(encoded),
        any::<String>().prop_map(encoded),
        proptest::string::string_regex(&run_key).unwrap().prop_map(encoded),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9_-]{0,40}",
        Just("42".to_owned()),
        Just(encoded(seed::ODD)),
        Just(DATA.to_owned()),
        Just("'%20OR%201=1;--".to_owned()),
        Just("..%2f..".to_owned()),
    ];
    let path = prop_oneof![
        (odd.clone(), odd.clone()).prop_map(|(id, key)| format!("/api/v1/learners/{id}/runs/{key}")),
        odd.clone().prop_map(|key| format!("/api/v1/learners/42/runs/{key}")),
        odd.clone().prop_map(|id| format!("/api/v1/learners/{id}/runs")),
        Just("/api/v1/runs".to_owned()),
        odd.clone().prop_map(|key| format!("/api/v1/runs/{key}/learners")),
        odd.clone().prop_map(|key| format!("/api/v1/runs/{key}/learners/export")),
        (odd.clone(), odd.clone()).prop_map(|(org, number)| format!("/api/v1/paths/{org}/{number}/learners")),
        Just("/api/v1/paths/Org/DATA/learners".to_owned()),
        Just("/api/v1/consumers".to_owned()),
        odd.clone().prop_map(|key| format!("/api/v1/reports/runs/{key}")),
        Just(format!("/api/v1/reports/runs/{DATA}/at-risk")),
        (odd.clone(), odd.clone()).prop_map(|(org, number)| format!("/api/v1/reports/paths/{org}/{number}")),
        Just("/api/v1/reports/compare".to_owned()),
        Just("/api/v1/paths".to_owned()),
        odd.clone().prop_map(|key| format!("/api/v1/runs/{key}")),
        (odd.clone(), odd.clone()).prop_map(|(org, number)| format!("/api/v1/paths/{org}/{number}")),
        proptest::collection::vec(odd.clone(), 0..5).prop_map(|parts| format!("/{}", parts.join("/"))),
    ];
    let name = prop_oneof![
        9 => proptest::sample::select(PARAMETERS).prop_map(ToOwned::to_owned),
        1 => odd.clone(),
    ];
    let value = prop_oneof![
        4 => odd.clone(),
        1 => proptest::sample::select(&["key", "title", "opening", "newest", "true", "false", "program"][..])
            .prop_map(str::to_owned),
        1 => (-3000_i64..12_000).prop_map(|year| format!("{year}-02-01T00:00:00Z")),
        1 => Just("1969-12-31T23:59:59.9999999Z".to_owned()),
    ];
    let place = prop_oneof![
        any::<String>().prop_map(|text| json!(text)),
        any::<String>().prop_map(|text| json!(format!("path-v1:{text}+b+c+d"))),
        any::<i64>().prop_map(|n| json!([n])),
        any::<(i32, i64)>().prop_map(|(year, learner)| json!([format!("{year:+05}-01-31"), learner])),
        (proptest::sample::select(&["key", "title", "opening", "newest"][..]), any::<i64>(), any::<String>())
            .prop_map(|(sort, rank, text)| json!([sort, { "rank": rank, "text": text, "key": text }])),
    ];
    let cursor = place.prop_map(|place| {
        serde_json::to_value(Cursor::at(&place).unwrap()).unwrap().as_str().unwrap().to_owned()
    });
    let query = proptest::collection::vec((name, prop_oneof![value, cursor]), 0..3).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    });
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2_000 {
        let (path, query) = (path.clone(), query.clone()).new_tree(&mut runner).unwrap().current();
        let uri = format!("{path}?{query}");
        let Ok(request) = Request::get(&uri).body(Body::empty()) else { continue };
        let answer = ask(&router, request).await;
        assert!(answer.status < 500, "{uri}: {} {}", answer.status, answer.text);
        seen.insert(answer.status);
    }
    assert!(seen.is_superset(&[200, 400, 404].into()), "{seen:?}");
}
