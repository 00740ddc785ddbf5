//! The awards API on a real Postgres: `DATABASE_URL` names one in which databases can be made.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use lp_credentials::Drawing;
use lp_credentials::http::{CredentialsState, Issuer, api};
use lp_credentials::issuing::{Secrets, Site};
use lp_credentials_store::{Completion, Holder, Revocation, Tellings, Told, award_id, reader_pool, record};
use lp_http::auth::AuthConfig;
use lp_http::{Auth, Checks, Limits, ServiceToken};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

/// Fonts are read once.
static DRAWING: LazyLock<Drawing> = LazyLock::new(|| Drawing::new(None, None).unwrap());

/// As of an installation that issues.
pub(crate) fn state(pool: &PgPool) -> CredentialsState {
    let readers = reader_pool((*pool.connect_options()).clone(), 2);
    CredentialsState::new(readers, pool.clone(), Some(Arc::new(issuer())))
}

pub(crate) fn issuer() -> Issuer {
    let site = Site::new(&"https://credentials.example.org".parse().unwrap()).unwrap();
    let secrets = Secrets::new("a secret that stays the same for good".into());
    Issuer { site, secrets, drawing: DRAWING.clone() }
}

fn router(pool: &PgPool) -> Router {
    api(state(pool), Checks::new(), Arc::new(String::new), Auth::open(), Limits::default()).router()
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

async fn get(router: &Router, uri: &str) -> Answer {
    ask(router, Request::get(uri).body(Body::empty()).unwrap()).await
}

pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    "2026-05-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

pub(crate) fn completed(learner_id: i64, n: u8) -> Completion {
    Completion {
        completion_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &[n]),
        learner_id,
        run_key: "path-v1:Org+N+R+G".into(),
        path_name: "Data Engineering".into(),
        revision: 1,
        attempt: 1,
        completed_at: at(n.into()),
        grade: Some(0.0),
        progress: 1.0,
        contexts: vec!["course-v1:edX+777+2026".into()],
        told: Told { at: at(n.into()), event_id: Uuid::new_v5(&Uuid::NAMESPACE_URL, &[n]) },
    }
}

pub(crate) fn holder(learner_id: i64) -> Holder {
    Holder {
        learner_id,
        username: "canary".into(),
        email: "canary@example.com".into(),
        name: "Canary".into(),
        told: Told { at: at(0), event_id: Uuid::nil() },
    }
}

/// Learner 42 has five awards of one run, the oldest revoked; learner 43 has one.
pub(crate) async fn fill(pool: &PgPool) {
    let first = completed(42, 1);
    let tellings = Tellings {
        terms: Vec::new(),
        retirements: vec![],
        completions: (1..=5).map(|n| completed(42, n)).chain([completed(43, 6)]).collect(),
        revocations: vec![Revocation {
            completion_id: first.completion_id,
            learner_id: 42,
            revoked_at: at(2),
            reason: Some("requirement_no_longer_met".into()),
            told: Told { at: at(2), event_id: Uuid::nil() },
        }],
        holders: vec![holder(42), holder(43)],
    };
    let mut tx = pool.begin().await.unwrap();
    record(&mut tx, &tellings).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_learners_awards_come_newest_first_in_pages(pool: PgPool) {
    fill(&pool).await;
    let router = router(&pool);
    let whole = get(&router, "/api/v1/learners/42/awards").await.json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 5);
    assert_eq!(whole.get("next"), None);
    for size in 1..=5 {
        let mut items = vec![];
        let mut uri = format!("/api/v1/learners/42/awards?limit={size}");
        loop {
            let page = get(&router, &uri).await.json();
            assert!(page["items"].as_array().unwrap().len() <= size);
            items.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            uri = format!("/api/v1/learners/42/awards?limit={size}&cursor={next}");
        }
        assert_eq!(items, *whole["items"].as_array().unwrap(), "pages of {size}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_award_says_all_that_was_told_and_a_revoked_one_why(pool: PgPool) {
    fill(&pool).await;
    let router = router(&pool);
    let (first, second) =
        (award_id(completed(42, 1).completion_id), award_id(completed(42, 2).completion_id));
    let mut revoked = get(&router, &format!("/api/v1/awards/{first}")).await.json();
    assert!(revoked["recorded_at"].take().is_string());
    assert_eq!(
        revoked,
        serde_json::json!({
            "award_id": first, "completion_id": completed(42, 1).completion_id, "learner_id": 42,
            "run_key": "path-v1:Org+N+R+G", "path_name": "Data Engineering", "revision": 1, "attempt": 1,
            "completed_at": "2026-05-01T00:01:00Z", "grade": 0.0, "progress": 1.0,
            "contexts": ["course-v1:edX+777+2026"], "period": 1, "valid_from": "2026-05-01T00:01:00Z", "expires_at": null,
            "renews": null, "status": "revoked", "revoked_at": "2026-05-01T00:02:00Z",
            "revocation_reason": "requirement_no_longer_met", "supersedes": null, "recorded_at": null,
        })
    );
    let earned_again = get(&router, &format!("/api/v1/awards/{second}")).await.json();
    assert_eq!(earned_again["status"], "valid");
    assert_eq!(earned_again["supersedes"], first.to_string());
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn unknown_is_404_or_empty_and_malformed_is_400(pool: PgPool) {
    let router = router(&pool);
    let nobody = get(&router, "/api/v1/learners/7/awards").await;
    assert_eq!((nobody.status, nobody.json()), (200, serde_json::json!({ "items": [] })));
    // Cursors `[1,2]`, and a date that Postgres does not know.
    let far = lp_http::Cursor::at(&("-262143-01-01T00:00:00Z", Uuid::nil())).unwrap();
    let far = serde_json::to_value(far).unwrap();
    for (uri, status) in [
        ("/api/v1/awards/00000000-0000-0000-0000-000000000000", 404),
        ("/api/v1/awards/nonsense", 400),
        ("/api/v1/awards/00000000-0000-0000-0000-000000000000?format=pdf", 400),
        ("/api/v1/awards/%00", 400),
        ("/api/v1/awards/%ff", 400),
        ("/api/v1/learners/0/awards", 400),
        ("/api/v1/learners/-1/awards", 400),
        ("/api/v1/learners/9223372036854775808/awards", 400),
        ("/api/v1/learners/alice/awards", 400),
        ("/api/v1/learners/7/awards?username=alice", 400),
        ("/api/v1/learners/7/awards?limit=0", 400),
        ("/api/v1/learners/7/awards?cursor=", 400),
        ("/api/v1/learners/7/awards?cursor=WzEsMl0", 400),
        (&format!("/api/v1/learners/7/awards?cursor={}", far.as_str().unwrap()), 400),
        ("/api/v1/learners/9223372036854775807/awards?limit=4294967295", 200),
        ("/api/v1/awards", 404),
    ] {
        let answer = get(&router, uri).await;
        assert_eq!(answer.status, status, "{uri}: {}", answer.text);
        if status != 200 {
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{uri}");
        }
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_85_no_answer_holds_a_name_and_none_is_cached(pool: PgPool) {
    fill(&pool).await;
    let router = router(&pool);
    let one = format!("/api/v1/awards/{}", award_id(completed(42, 1).completion_id));
    for uri in ["/api/v1/learners/42/awards", &one, "/health/ready", "/metrics"] {
        let answer = get(&router, uri).await;
        assert_eq!(answer.status, 200, "{uri}: {}", answer.text);
        assert!(!answer.text.to_lowercase().contains("canary"), "{uri}: {}", answer.text);
        assert_eq!(answer.headers["cache-control"], "private, no-store", "{uri}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn without_the_token_nothing_of_learners_is_told(pool: PgPool) {
    let readers = reader_pool((*pool.connect_options()).clone(), 1);
    let operator = Some(ServiceToken::new("a-long-token-for-tests"));
    let auth = Auth::new(AuthConfig { operator, ..AuthConfig::default() });
    let router = api(
        CredentialsState::new(readers.clone(), readers, None),
        Checks::new(),
        Arc::new(String::new),
        auth,
        Limits::default(),
    )
    .router();
    assert_eq!(get(&router, "/api/v1/learners/42/awards").await.status, 401);
    let known =
        Request::get("/api/v1/learners/42/awards").header("authorization", "Bearer a-long-token-for-tests");
    assert_eq!(ask(&router, known.body(Body::empty()).unwrap()).await.status, 200);
}

#[sqlx::test(migrations = false)]
async fn a_database_that_is_not_migrated_or_away_is_said_so(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    // The role exists in the cluster only once some database was migrated.
    let empty = api(
        CredentialsState::new(pool.clone(), pool.clone(), None),
        Checks::new(),
        Arc::new(String::new),
        Auth::open(),
        Limits::default(),
    )
    .router();
    let ready = get(&empty, "/health/ready").await;
    assert_eq!(ready.status, 503);
    assert!(ready.json()["checks"]["postgres"].as_str().unwrap().contains("learning-paths migrate"));

    let readers = reader_pool(options.port(1), 1);
    let away = api(
        CredentialsState::new(readers.clone(), readers, None),
        Checks::new(),
        Arc::new(String::new),
        Auth::open(),
        Limits::default(),
    )
    .router();
    let answer = get(&away, "/api/v1/learners/42/awards").await;
    assert_eq!((answer.status, answer.json().get("detail")), (503, None));
    assert_eq!(get(&away, "/health/live").await.status, 200);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_75_no_request_however_formed_gives_a_5xx(pool: PgPool) {
    fill(&pool).await;
    let router = router(&pool);
    let encoded =
        |bytes: Vec<u8>| bytes.iter().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let odd = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(encoded),
        any::<String>().prop_map(move |text| encoded(text.into_bytes())),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u128>().prop_map(|n| Uuid::from_u128(n).to_string()),
        "[a-zA-Z0-9_-]{0,40}",
        Just("42".to_owned()),
        Just("'%20OR%201=1;--".to_owned()),
        Just("..%2f..".to_owned()),
    ];
    let path = prop_oneof![
        odd.clone().prop_map(|id| format!("/api/v1/learners/{id}/awards")),
        odd.clone().prop_map(|id| format!("/api/v1/awards/{id}")),
        (odd.clone(), odd.clone()).prop_map(|(run, n)| format!("/achievements/{run}/revisions/{n}")),
        proptest::collection::vec(odd.clone(), 0..5).prop_map(|parts| format!("/{}", parts.join("/"))),
    ];
    let name = prop_oneof![Just("cursor".to_owned()), Just("limit".to_owned()), odd.clone()];
    let json = (any::<i64>(), any::<u128>(), any::<String>()).prop_map(|(n, id, text)| {
        let minute = DateTime::from_timestamp(n >> 20, 0);
        let place = serde_json::json!([minute.map_or(text, |at| at.to_rfc3339()), Uuid::from_u128(id)]);
        serde_json::to_value(lp_http::Cursor::at(&place).unwrap()).unwrap().as_str().unwrap().to_owned()
    });
    let query = proptest::collection::vec((name, prop_oneof![odd, json]), 0..3).prop_map(|pairs| {
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
