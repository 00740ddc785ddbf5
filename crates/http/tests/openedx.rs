//! Tokens judged as Open edX's own code judges them.
//!
//! Only where `LP_OPENEDX_PYTHON` names a Python with edx-drf-extensions.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use lp_http::auth::testing::{AUDIENCE, ISSUER, SECRET, TestKey, auth, claims, crafted, jwk_set, token};
use lp_http::{Api, Caller, Checks, Limits};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Where we are stricter, and why.
const STRICTER: [(&str, &str); 6] = [
    ("a header that names where its key is", "keys come from configuration alone"),
    ("a header with a key of its own", "keys come from configuration alone"),
    ("the id of another key", "a rotation that names keys means what it names"),
    ("of 9 KiB", "no token of the LMS is as long; cookies end at 4 KiB"),
    ("an id that is no number", "we know people by it"),
    ("an administrator by a word", "a claim of another type says nothing"),
];

/// Where we are not as strict, and why.
const LAXER: [(&str, &str); 2] = [
    ("issued in five seconds", "clocks may be ten seconds apart"),
    ("expired for five seconds", "clocks may be ten seconds apart"),
];

fn hs256(secret: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn with_header(header: &Header, claims: &Value) -> String {
    encode(header, claims, &TestKey::First.encoding()).unwrap()
}

fn tokens() -> Vec<(&'static str, String)> {
    let now = chrono::Utc::now().timestamp();
    let plain = claims(42, &json!({}));
    let rs512 = || Header::new(Algorithm::RS512);
    let unsigned = json!({ "alg": "none", "typ": "JWT" });
    vec![
        ("a cookie's", token(42, &json!({}))),
        ("a service's", hs256(SECRET, &claims(9, &json!({ "user_id": null, "filters": [] })))),
        ("with RS256", with_header(&Header::new(Algorithm::RS256), &plain)),
        ("with RS384", with_header(&Header::new(Algorithm::RS384), &plain)),
        ("with HS512", {
            encode(&Header::new(Algorithm::HS512), &plain, &EncodingKey::from_secret(SECRET.as_bytes()))
                .unwrap()
        }),
        ("unsigned", crafted(&unsigned, &plain, |_| vec![])),
        ("of another key", TestKey::Second.sign(&plain).unwrap()),
        ("of another secret", hs256("another secret, long enough", &plain)),
        ("with the public key as secret", hs256(&jwk_set(&[TestKey::First]), &plain)),
        ("expired", token(42, &json!({ "exp": now - 60 }))),
        ("expired for five seconds", token(42, &json!({ "exp": now - 5 }))),
        ("without an end", token(42, &json!({ "exp": null }))),
        ("issued tomorrow", token(42, &json!({ "iat": now + 86_400 }))),
        ("issued in five seconds", token(42, &json!({ "iat": now + 5 }))),
        ("never issued", token(42, &json!({ "iat": null }))),
        ("not yet", token(42, &json!({ "nbf": now + 3600 }))),
        ("of another issuer", token(42, &json!({ "iss": "https://other.example.com/oauth2" }))),
        ("of no issuer", token(42, &json!({ "iss": null }))),
        ("of two issuers", token(42, &json!({ "iss": [ISSUER, "x"] }))),
        ("for another audience", token(42, &json!({ "aud": "another" }))),
        ("for two audiences", token(42, &json!({ "aud": ["another", AUDIENCE] }))),
        ("for none", token(42, &json!({ "aud": null }))),
        ("of version 2", token(42, &json!({ "version": "2.0.0" }))),
        ("of version 1.9", token(42, &json!({ "version": "1.9.0" }))),
        ("of no version", token(42, &json!({ "version": null }))),
        ("of nobody", token(42, &json!({ "preferred_username": null }))),
        ("by an older name", token(42, &json!({ "preferred_username": null, "username": "ann" }))),
        ("restricted", token(9, &json!({ "is_restricted": true, "scopes": ["learning_paths:read"] }))),
        ("with its key's id", with_header(&Header { kid: Some("first".into()), ..rs512() }, &plain)),
        ("the id of another key", with_header(&Header { kid: Some("second".into()), ..rs512() }, &plain)),
        (
            "a header that names where its key is",
            with_header(&Header { jku: Some("https://e.example.com/jwks".into()), ..rs512() }, &plain),
        ),
        (
            "a header with a key of its own",
            with_header(
                &Header { jwk: Some(serde_json::from_value(TestKey::First.jwk()).unwrap()), ..rs512() },
                &plain,
            ),
        ),
        (
            "with something critical",
            with_header(&Header { crit: Some(vec!["b64".into()]), ..rs512() }, &plain),
        ),
        ("of 9 KiB", token(42, &json!({ "more": "x".repeat(9 * 1024) }))),
        ("an id that is no number", token(42, &json!({ "user_id": "42" }))),
        ("an administrator by a word", token(42, &json!({ "administrator": "yes" }))),
        ("no token", "a.b.c".into()),
    ]
}

fn ask_open_edx(tokens: &[(&str, String)], make: &Value) -> Option<Value> {
    let python = std::env::var("LP_OPENEDX_PYTHON").ok()?;
    let asked = json!({
        "jwk_set": jwk_set(&[TestKey::First]),
        "private_key": STANDARD.encode(TestKey::First.der()),
        "secret": SECRET,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "tokens": tokens.iter().map(|(name, token)| ((*name).to_owned(), json!(token))).collect::<serde_json::Map<_, _>>(),
        "make": make,
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/openedx/tokens.py");
    let mut child = Command::new(python)
        .arg(script)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

async fn holds(token: &str) -> bool {
    let routes = Router::new().route("/", get(async |_: Caller| "in"));
    let (checks, metrics) = (Checks::new(), Arc::new(String::new));
    let auth = auth().unwrap();
    let api = Api {
        routes,
        public: Router::new(),
        openapi: None,
        checks,
        metrics,
        auth,
        limits: Limits::default(),
    };
    let request = Request::get("/").header(header::AUTHORIZATION, format!("JWT {token}"));
    let status = api.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status();
    assert!(status == 200 || status == 401, "{status}");
    status == 200
}

#[tokio::test]
async fn tokens_are_judged_as_open_edx_judges_them() {
    let tokens = tokens();
    let make = json!({
        "of a learner": { "asymmetric": true, "payload": claims(42, &json!({})) },
        "of a service": { "asymmetric": false, "payload": claims(9, &json!({ "filters": [] })) },
    });
    let Some(answer) = ask_open_edx(&tokens, &make) else { return };
    let excepted = |list: &[(&str, &str)], name: &str| list.iter().any(|(excepted, _)| *excepted == name);
    let mut wrong = vec![];
    for (name, token) in &tokens {
        let theirs = answer["verdicts"][*name].as_bool().unwrap();
        let ours = holds(token).await;
        let expected = if theirs { !excepted(&STRICTER, name) } else { excepted(&LAXER, name) };
        if ours != expected {
            wrong.push(format!("{name}: theirs {theirs}, ours {ours}"));
        }
        let named = excepted(&STRICTER, name) || excepted(&LAXER, name);
        if named && ours == theirs {
            wrong.push(format!("{name}: no exception, both say {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, made) in answer["made"].as_object().unwrap() {
        assert!(holds(made.as_str().unwrap()).await, "{name}");
    }
}
