//! Requests that nobody means, and the document of those that are.

use lp_http::auth::testing::Who;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, definition, manager};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_75_no_request_however_formed_gives_a_5xx(pool: PgPool) {
    manager(&pool).await;
    let administrator = Client::new(&pool, Who::Administrator);
    let encoded = |text: String| text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let odd = prop_oneof![
        any::<String>().prop_map(encoded),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9_-]{0,40}",
        Just(RUN.to_owned()),
        Just("Org".to_owned()),
        Just("N".to_owned()),
        Just("%00".to_owned()),
        Just("'%20OR%201=1;--".to_owned()),
    ];
    let often = |usual: &'static str| prop_oneof![Just(usual.to_owned()), odd.clone()];
    let path = (often(RUN), often("N"), 0..20_usize).prop_map(|(a, b, at)| {
        [
            "/paths".to_owned(),
            format!("/paths/Org/{b}"),
            format!("/paths/{a}/{b}/archive"),
            "/runs".into(),
            format!("/runs/{a}"),
            format!("/runs/{a}/clone"),
            format!("/runs/{a}/what-if"),
            format!("/runs/{a}/restore"),
            format!("/paths/Org/{b}/restore"),
            format!("/runs/{a}/draft"),
            format!("/runs/{a}/draft/difference"),
            format!("/runs/{a}/publish"),
            format!("/runs/{a}/revisions"),
            format!("/runs/{a}/revisions/{b}"),
            format!("/runs/{a}/revisions/{b}/difference"),
            format!("/grants/{a}"),
            "/grants".into(),
            "/audit".into(),
            "/definitions/validate".into(),
            format!("/{a}/{b}"),
        ][at]
            .clone()
    });
    let name = prop_oneof![
        Just("cursor".to_owned()),
        Just("limit".to_owned()),
        Just("search".to_owned()),
        Just("org".to_owned()),
        Just("from".to_owned()),
        Just("user_id".to_owned()),
        odd.clone(),
    ];
    let cursor = (any::<i64>(), any::<String>()).prop_map(|(n, text)| {
        let place = lp_http::Cursor::at(&json!([text, n])).unwrap();
        serde_json::to_value(place).unwrap().as_str().unwrap().to_owned()
    });
    let query = proptest::collection::vec((name, prop_oneof![odd, cursor]), 0..3).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    });
    let body = prop_oneof![
        Just(Value::Null),
        Just(json!({ "title": "Another" })),
        any::<String>().prop_map(|text| json!({ "definition": { "items": [text] } })),
        any::<(String, String)>()
            .prop_map(|(org, title)| json!({ "org": org, "number": "M", "title": title })),
        any::<i64>().prop_map(|n| json!({ "user_id": n, "role": "auditor" })),
        any::<String>().prop_map(|key| json!({ "run_key": format!("path-v1:Org+N+{key}+G") })),
        any::<i32>().prop_map(|days| json!({ "policy": { "regression": { "grace": { "days": days } } } })),
        Just(json!({ "definition": definition(&[1]) })),
    ];
    let header = prop_oneof![
        Just(("if-match", "\"1\"")),
        Just(("if-match", "\"99999999999999999999\"")),
        Just(("if-none-match", "*")),
        Just(("idempotency-key", "k")),
    ];
    let method = prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("PATCH"), Just("DELETE")];
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3_000 {
        let (path, query, method, header, body) =
            (path.clone(), query.clone(), method.clone(), header.clone(), body.clone())
                .new_tree(&mut runner)
                .unwrap()
                .current();
        let uri = format!("{path}?{query}");
        if axum::http::Uri::try_from(&uri).is_err() {
            continue;
        }
        let answer = administrator.ask(method, &uri, &[header], body.clone()).await;
        assert!(answer.status < 500, "{method} {uri} {header:?} {body}: {} {}", answer.status, answer.text);
        seen.insert(answer.status);
    }
    assert!(seen.is_superset(&[200, 201, 400, 404, 405, 412, 415, 428].into()), "{seen:?}");
}
