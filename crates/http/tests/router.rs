//! One service's router, asked by tests without a network.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::{get, post};
use http_body_util::BodyExt as _;
use lp_http::auth::AuthConfig;
use lp_http::auth::testing::{self, Who};
use lp_http::{Api, Auth, Checks, Json, Limits, PageSize, Path, Problem, Query, ServiceToken};
use serde::Deserialize;
use tower::ServiceExt as _;

const TOKEN: &str = "a-long-token-for-tests";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[serde(default)]
    limit: PageSize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
}

fn api() -> Api {
    let routes = Router::new()
        .route("/things/{id}", get(async |Path(id): Path<u32>| format!("thing {id}")))
        .route("/things", get(async |Query(q): Query<Listing>| (q.limit.one_more() - 1).to_string()))
        .route("/things", post(async |Json(thing): Json<Thing>| thing.name))
        .route("/panic", get(async || -> String { panic!("canary@example.com") }))
        .route("/slow", get(async || std::future::pending::<String>().await))
        .route("/broken", get(async || -> Problem { Problem::internal(&std::io::Error::other("canary")) }));
    Api {
        public: Router::new(),
        routes,
        openapi: None,
        checks: Checks::new(),
        metrics: Arc::new(|| "lp_up 1\n".into()),
        auth: Auth::open(),
        limits: Limits {
            request_timeout: Duration::from_millis(100),
            max_body_bytes: 1024,
            ..Limits::default()
        },
    }
}

async fn ask(router: Router, request: Request<Body>) -> (StatusCode, Response<()>, String) {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
    (parts.status, Response::from_parts(parts, ()), text)
}

fn get_request(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

#[track_caller]
fn is_problem(answer: &(StatusCode, Response<()>, String), status: u16, kind: &str) {
    assert_eq!(answer.0.as_u16(), status, "{}", answer.2);
    assert_eq!(answer.1.headers()["content-type"], "application/problem+json");
    let document: serde_json::Value = serde_json::from_str(&answer.2).unwrap();
    assert_eq!(document["type"], format!("urn:learning-paths:problem:{kind}"));
    assert_eq!(document["status"], status);
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let post = |kind: &str, body: &str| {
        Request::post("/things").header("content-type", kind).body(Body::from(body.to_owned())).unwrap()
    };
    let json = "application/json";
    let long = format!("/things?x={}", "x".repeat(9000));
    for (request, status, kind) in [
        (get_request("/nowhere"), 404, "not-found"),
        (get_request("/things/x"), 400, "invalid-path"),
        (get_request("/things/%ff"), 400, "invalid-path"),
        (get_request("/things?limit=0"), 400, "invalid-query"),
        (get_request("/things?limit=-1"), 400, "invalid-query"),
        (get_request("/things?limmit=5"), 400, "invalid-query"),
        (get_request("/things?limit=1&limit=2"), 400, "invalid-query"),
        (get_request(&long), 414, "uri-too-long"),
        (Request::delete("/things/1").body(Body::empty()).unwrap(), 405, "method-not-allowed"),
        (post("text/plain", "{}"), 415, "unsupported-media-type"),
        (post(json, "{"), 400, "invalid-body"),
        (post(json, r#"{"name": "a", "is_admin": true}"#), 400, "invalid-body"),
        (post(json, &format!(r#"{{"name": "{}"}}"#, "x".repeat(2000))), 413, "body-too-large"),
        (get_request("/panic"), 500, "internal"),
        (get_request("/broken"), 500, "internal"),
        (get_request("/slow"), 503, "unavailable"),
    ] {
        let uri = request.uri().to_string();
        let answer = ask(api().router(), request).await;
        is_problem(&answer, status, kind);
        assert!(!answer.2.contains("canary"), "{uri:.50}: {}", answer.2);
    }
}

#[tokio::test]
async fn fault_87_a_page_is_capped_whatever_is_asked() {
    let (status, _, body) = ask(api().router(), get_request("/things?limit=1000000")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "200"));
}

#[tokio::test]
async fn fault_93_nothing_is_cached_by_anyone() {
    for uri in ["/things/1", "/nowhere", "/panic", "/health/live"] {
        let (_, response, _) = ask(api().router(), get_request(uri)).await;
        assert_eq!(response.headers()["cache-control"], "private, no-store", "{uri}");
        assert_eq!(response.headers()["vary"], "authorization, cookie", "{uri}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{uri}");
    }
}

#[tokio::test]
async fn a_request_id_is_kept_only_when_it_is_a_uuid() {
    let id = "6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e";
    for (given, kept) in [(id, true), ("evil id", false)] {
        let request = Request::get("/things/1").header("x-request-id", given).body(Body::empty()).unwrap();
        let (_, response, _) = ask(api().router(), request).await;
        assert_eq!(response.headers()["x-request-id"] == given, kept);
    }
}

#[tokio::test]
async fn guarded_routes_want_the_token_and_open_ones_do_not() {
    let operator = || Some(ServiceToken::new(TOKEN));
    let auth = || Auth::new(AuthConfig { operator: operator(), ..AuthConfig::default() });
    let guarded = || Api { auth: auth(), ..api() }.router();
    let with = |uri: &str, value: &str| {
        Request::get(uri).header("authorization", value).body(Body::empty()).unwrap()
    };
    for wrong in
        ["", "Bearer", "Bearer ", "Bearer a-long-token-for-test", "Basic a-long-token-for-tests", TOKEN]
    {
        let answer = ask(guarded(), with("/things/1", wrong)).await;
        is_problem(&answer, 401, "unauthenticated");
        assert_eq!(answer.1.headers()["www-authenticate"], "JWT realm=\"api\"");
    }
    is_problem(&ask(guarded(), get_request("/things/1")).await, 401, "unauthenticated");
    for scheme in ["Bearer", "bearer"] {
        let (status, _, _) = ask(guarded(), with("/things/1", &format!("{scheme} {TOKEN}"))).await;
        assert_eq!(status, 200);
    }
    for open in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(ask(guarded(), get_request(open)).await.0, 200, "{open}");
    }
}

#[tokio::test]
async fn readiness_names_what_is_not_well() {
    let checks = Checks::new()
        .with("postgres", || async { Ok(()) })
        .with("kafka", || async { Err("no broker answers".to_owned()) })
        .with("broken", || async { panic!("on purpose") });
    let (status, _, body) = ask(Api { checks, ..api() }.router(), get_request("/health/ready")).await;
    assert_eq!(status, 503);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["checks"],
        serde_json::json!({"postgres": "ok", "kafka": "no broker answers", "broken": "the check failed"})
    );
}

#[tokio::test]
async fn fault_94_who_asks_too_often_is_told_to_wait_and_others_are_not() {
    let limits = Limits { requests_per_minute: NonZeroU32::new(3), ..Limits::default() };
    let router = Api { limits, auth: testing::auth().unwrap(), ..api() }.router();
    let get = async |who: Who| {
        ask(router.clone(), who.request("GET", "/things/1").body(Body::empty()).unwrap()).await
    };
    for _ in 0..3 {
        assert_eq!(get(Who::Learner).await.0, 200);
    }
    let refused = get(Who::Learner).await;
    is_problem(&refused, 429, "rate-limited");
    let wait: u64 = refused.1.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "a third of a minute at most, not {wait} s");
    assert_eq!(get(Who::OtherLearner).await.0, 200, "another caller");
    for trusted in [Who::Operator, Who::IdentityWorker] {
        for _ in 0..5 {
            assert_eq!(get(trusted).await.0, 200, "{trusted:?}");
        }
    }
    assert_eq!(ask(router.clone(), get_request("/health/live")).await.0, 200);
}

/// All that the page on which an API can be tried loads comes from this service, and needs no token.
#[tokio::test]
async fn the_page_to_try_an_api_works_offline() {
    let document = utoipa::openapi::OpenApi::default();
    let router = Api { openapi: Some(document), auth: testing::auth().unwrap(), ..api() }.router();
    let get = async |uri: &str| ask(router.clone(), get_request(uri)).await;
    let (status, moved, _) = get("/docs").await;
    assert_eq!((status.as_u16(), moved.headers()["location"].as_bytes()), (303, &b"/docs/"[..]));
    let (status, page, html) = get("/docs/").await;
    assert_eq!(status, 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    assert_eq!(page.headers()["cache-control"], "public, max-age=300");
    let loaded: Vec<&str> = html.split(['"', '\'']).filter(|text| text.starts_with("./")).collect();
    assert!(loaded.len() >= 4, "{html}");
    for asset in loaded {
        let (status, asset, text) = get(&format!("/docs/{}", &asset[2..])).await;
        assert_eq!(status, 200, "{asset:?}");
        assert!(!text.contains("@import"), "{asset:?}");
    }
    assert!(!html.contains("://"), "{html}");
    let initialiser = get("/docs/swagger-initializer.js").await.2;
    assert!(initialiser.contains("../openapi.json") && initialiser.contains(r#""validatorUrl": "none""#));
    assert!(!initialiser.contains("://"), "{initialiser}");
    let (status, document, _) = get("/openapi.json").await;
    assert_eq!(
        (status.as_u16(), document.headers()["content-type"].as_bytes()),
        (200, &b"application/json"[..])
    );
}

#[tokio::test]
async fn fault_74_beyond_the_limit_requests_are_shed_and_health_still_answers() {
    let limits =
        Limits { max_concurrent_requests: 1, request_timeout: Duration::from_mins(1), ..Limits::default() };
    let router = Api { limits, ..api() }.router();
    let holding = tokio::spawn(router.clone().oneshot(get_request("/slow")));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let shed = loop {
        let answer = ask(router.clone(), get_request("/things/1")).await;
        if answer.0 == 503 {
            break answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "never shed");
        tokio::task::yield_now().await;
    };
    is_problem(&shed, 503, "overloaded");
    assert_eq!(shed.1.headers()["retry-after"], "1");
    assert_eq!(ask(router, get_request("/health/live")).await.0, 200);
    holding.abort();
}
