//! Requests that nobody means, and the document of those that are.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sqlx::PgPool;

use crate::support::{COURSES, INV, PREFIX, PUB, Service, User, seed};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_75_77_no_request_however_formed_gives_a_5xx(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let encoded = |text: String| text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let odd = prop_oneof![
        any::<String>().prop_map(encoded),
        any::<String>().prop_map(move |text| format!("path-v1:OX+{}+2026+a", encoded(text))),
        any::<i64>().prop_map(|n| n.to_string()),
        Just(PUB.to_owned()),
        Just(INV.to_owned()),
        Just("path-v1:OX+%00+2026+a".to_owned()),
        Just("..%2f..".to_owned()),
        Just("%ff".to_owned()),
        Just("'%20OR%201=1;--".to_owned()),
    ];
    let path =
        (prop_oneof![Just(PUB.to_owned()), odd.clone()], odd.clone(), 0..13_usize).prop_map(|(a, b, at)| {
            [
                "learning-paths/".to_owned(),
                format!("learning-paths/{a}/"),
                format!("{a}/progress/"),
                format!("{a}/grade/"),
                format!("{a}/enrollments/"),
                format!("{a}/enrollments/{}/", COURSES[0]),
                format!("{a}/enrollments/course-v1:{b}/"),
                "enrollments/".into(),
                "enrollments/bulk-enroll/".into(),
                "programs/".into(),
                format!("programs/{b}/"),
                format!("{a}/{b}"),
                format!("{a}/grade"),
            ][at]
                .clone()
        });
    let name = prop_oneof![
        Just("page".to_owned()),
        Just("page_size".to_owned()),
        Just("username".to_owned()),
        odd.clone()
    ];
    let query = proptest::collection::vec((name, odd), 0..3).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    });
    let body = prop_oneof![
        Just(String::new()),
        Just("[]".to_owned()),
        Just("null".to_owned()),
        Just(r#"{"username": null}"#.to_owned()),
        Just(r#"{"username": ["a"], "emails": {}}"#.to_owned()),
        Just("{\"username\": \"\\u0000\", \"emails\": \"a\\u0000@x\"}".to_owned()),
        Just(r#"{"username": "bob"}"#.to_owned()),
        any::<(String, String)>().prop_map(|(a, b)| {
            serde_json::json!({ "learning_paths": format!("{PUB},{a}"), "emails": format!("ann@x.org,{b}"), "reason": a })
                .to_string()
        }),
        any::<String>(),
    ];
    let kind = prop_oneof![
        Just("application/json"),
        Just("application/x-www-form-urlencoded"),
        Just("multipart/form-data; boundary=x"),
        Just("text/plain"),
        Just(""),
    ];
    let method =
        prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("DELETE"), Just("OPTIONS"), Just("HEAD")];
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..2_000 {
        let (path, query, body, kind, method) =
            (path.clone(), query.clone(), body.clone(), kind.clone(), method.clone())
                .new_tree(&mut runner)
                .unwrap()
                .current();
        let uri = format!("{path}?{query}");
        if axum::http::Uri::try_from(format!("{PREFIX}{uri}")).is_err() {
            continue;
        }
        let who = if round % 2 == 0 { User::Staff } else { User::Ann };
        let answer = service.send(who, method, &uri, kind, &body).await;
        assert!(answer.status < 500, "{method} {uri} {kind} {body:?}: {} {}", answer.status, answer.text);
        if answer.status >= 400 && method != "HEAD" {
            assert!(answer.json()["detail"].is_string(), "{method} {uri}: {}", answer.text);
        }
        seen.insert(answer.status);
    }
    assert!(seen.is_superset(&[200, 201, 204, 301, 400, 403, 404, 405, 409, 415].into()), "{seen:?}");
}
