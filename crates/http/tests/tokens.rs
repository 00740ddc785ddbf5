//! Which tokens hold: rows 78 to 81 of the list of faults.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use lp_http::auth::testing::{
    AUDIENCE, ISSUER, OPERATOR, ORIGIN, SECRET, TestKey, auth, claims, cookies, crafted, jwk_set, token,
};
use lp_http::auth::{AuthConfig, KeySources, Keys, KeysError};
use lp_http::{Api, Auth, Caller, Checks, Limits};
use serde_json::{Value, json};
use tower::ServiceExt as _;

fn router(auth: Auth) -> Router {
    let routes = Router::new()
        .route("/me", get(async |caller: Caller| caller.actor().to_owned()))
        .route("/change", post(async |caller: Caller| caller.actor().to_owned()));
    let (checks, metrics) = (Checks::new(), Arc::new(String::new));
    Api { routes, public: Router::new(), openapi: None, checks, metrics, auth, limits: Limits::default() }
        .router()
}

async fn ask(router: &Router, request: Request<Body>) -> (u16, axum::http::HeaderMap, String) {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (parts.status.as_u16(), parts.headers, text)
}

async fn with_header(router: &Router, authorization: &str) -> u16 {
    let request = Request::get("/me").header(header::AUTHORIZATION, authorization);
    ask(router, request.body(Body::empty()).unwrap()).await.0
}

async fn holds(router: &Router, token: &str) -> bool {
    match with_header(router, &format!("JWT {token}")).await {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

fn hs256(secret: &[u8], claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn signed_with_header(header: &Value, claims: &Value) -> String {
    let message = |message: &str| {
        jsonwebtoken::crypto::sign(message.as_bytes(), &TestKey::First.encoding(), Algorithm::RS512)
            .map(|signature| URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap()
    };
    crafted(header, claims, message)
}

#[tokio::test]
async fn tokens_as_the_lms_issues_them_hold() {
    let router = router(auth().unwrap());
    let learner = claims(42, &json!({}));
    let service = claims(9, &json!({ "grant_type": "client-credentials", "filters": [], "user_id": null }));
    assert!(holds(&router, &TestKey::First.sign(&learner).unwrap()).await);
    assert!(holds(&router, &hs256(SECRET.as_bytes(), &service)).await);
    let token = token(42, &json!({}));
    for header in [format!("jwt {token}"), format!("Bearer {token}"), format!("bearer {OPERATOR}")] {
        assert_eq!(with_header(&router, &header).await, 200, "{header}");
    }
    let cookie = Request::get("/me").header(header::COOKIE, format!("a=b; {}", cookies(&token)));
    let (status, _, who) = ask(&router, cookie.body(Body::empty()).unwrap()).await;
    assert_eq!((status, who.as_str()), (200, "user:42"));
}

#[tokio::test]
async fn fault_78_the_algorithm_is_the_keys_and_not_the_tokens() {
    let router = router(auth().unwrap());
    let claims = claims(42, &json!({ "administrator": true }));
    let unsigned = json!({ "typ": "JWT", "alg": "none" });
    assert!(!holds(&router, &crafted(&unsigned, &claims, |_| vec![])).await);
    // The public key, in the forms that somebody might have it, as the secret of HS256.
    let jwk = TestKey::First.jwk();
    for public in [jwk["n"].to_string(), jwk.to_string(), jwk_set(&[TestKey::First]), String::new()] {
        assert!(!holds(&router, &hs256(public.as_bytes(), &claims)).await);
    }
    assert!(!holds(&router, &TestKey::Second.sign(&claims).unwrap()).await);
    for algorithm in [Algorithm::RS384, Algorithm::PS512] {
        let token = encode(&Header::new(algorithm), &claims, &TestKey::First.encoding()).unwrap();
        assert!(!holds(&router, &token).await, "{algorithm:?}");
    }
    let mut other = TestKey::First.sign(&claims).unwrap();
    let last = other.pop().unwrap();
    other.push(if last == 'A' { 'Q' } else { 'A' });
    assert!(!holds(&router, &other).await, "another signature");
}

#[tokio::test]
async fn fault_79_a_token_that_does_not_hold_now_for_us_is_refused() {
    let router = router(auth().unwrap());
    let now = chrono::Utc::now().timestamp();
    for wrong in [
        json!({ "exp": now - 3600 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "iat": now + 3600 }),
        json!({ "iat": null }),
        json!({ "nbf": now + 3600 }),
        json!({ "iss": "https://evil.example.com/oauth2" }),
        json!({ "iss": null }),
        json!({ "iss": [ISSUER] }),
        json!({ "aud": "another" }),
        json!({ "aud": null }),
        json!({ "aud": ["another"] }),
        json!({ "version": "2.0.0" }),
        json!({ "version": "x" }),
        json!({ "preferred_username": null }),
        json!({ "user_id": "42" }),
        json!({ "user_id": 0 }),
        json!({ "administrator": "yes" }),
        json!({ "filters": "user:me" }),
        json!({ "big": "x".repeat(8 * 1024) }),
    ] {
        assert!(!holds(&router, &token(42, &wrong)).await, "{wrong}");
    }
    for right in [
        json!({ "aud": ["another", AUDIENCE] }),
        json!({ "version": null }),
        json!({ "iat": now + 5 }),
        json!({ "exp": now - 5 }),
        json!({ "is_restricted": null, "filters": null, "email": null }),
    ] {
        assert!(holds(&router, &token(42, &right)).await, "{right}");
    }
}

#[tokio::test]
async fn fault_79_a_header_that_names_a_key_of_its_own_is_refused() {
    let router = router(auth().unwrap());
    let claims = claims(42, &json!({}));
    let header = |more: Value| {
        let mut header = json!({ "typ": "JWT", "alg": "RS512" });
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        header
    };
    for plain in [json!({}), json!({ "kid": "first" })] {
        assert!(holds(&router, &signed_with_header(&header(plain.clone()), &claims)).await, "{plain}");
    }
    for wrong in [
        json!({ "kid": "second" }),
        json!({ "jku": "https://evil.example.com/jwks.json" }),
        json!({ "x5u": "https://evil.example.com/x.pem" }),
        json!({ "jwk": TestKey::First.jwk() }),
        json!({ "x5c": ["AAAA"] }),
        json!({ "crit": ["exp"] }),
    ] {
        assert!(!holds(&router, &signed_with_header(&header(wrong.clone()), &claims)).await, "{wrong}");
    }
    for no_token in ["", "a", "a.b", "a.b.c", "..", "a.b.c.d", "\u{e9}.b.c"] {
        assert_eq!(with_header(&router, &format!("JWT {no_token}")).await, 401, "{no_token}");
    }
}

#[tokio::test]
async fn fault_80_keys_change_without_a_restart() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut write = |text: &str| {
        file.as_file().set_len(0).unwrap();
        file.rewind().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.path().to_owned()
    };
    let path = write(&jwk_set(&[TestKey::First]));
    let keys =
        || Keys::load(KeySources { jwk_set_file: Some(path.clone()), ..KeySources::default() }).unwrap();
    let auth = Auth::new(AuthConfig {
        keys: Some(keys()),
        issuers: vec![ISSUER.into()],
        audience: vec![AUDIENCE.into()],
        ..AuthConfig::default()
    });
    let router = router(auth.clone());
    let [first, second] =
        [TestKey::First, TestKey::Second].map(|key| key.sign(&claims(42, &json!({}))).unwrap());
    let now_hold = || async { (holds(&router, &first).await, holds(&router, &second).await) };
    assert_eq!(now_hold().await, (true, false));
    assert!(!auth.reload_keys().unwrap(), "nothing changed");
    write(&jwk_set(&[TestKey::First, TestKey::Second]));
    assert!(auth.reload_keys().unwrap());
    assert_eq!(now_hold().await, (true, true));
    write("{ broken");
    assert!(auth.reload_keys().is_err());
    assert_eq!(now_hold().await, (true, true), "they stay as they were");
    write(&jwk_set(&[TestKey::Second]));
    assert!(auth.reload_keys().unwrap());
    assert_eq!(now_hold().await, (false, true));
}

#[test]
fn keys_that_must_not_be_there_are_refused() {
    let load = |key: Value| {
        let jwk_set = Some(json!({ "keys": [key] }).to_string());
        Keys::load(KeySources { jwk_set, ..KeySources::default() }).map(drop)
    };
    let with = |name: &str, value: Value| {
        let mut jwk = TestKey::First.jwk();
        jwk[name] = value;
        jwk
    };
    load(TestKey::First.jwk()).unwrap();
    assert!(matches!(load(json!({ "kty": "oct", "k": "c2VjcmV0" })), Err(KeysError::NotRsa(0))));
    assert!(matches!(load(with("d", json!("AQAB"))), Err(KeysError::Private(0))));
    assert!(matches!(load(with("n", json!("AQAB"))), Err(KeysError::Weak(0))));
    assert!(matches!(load(with("alg", json!("PS256"))), Err(KeysError::Algorithm(0))));
    let set = |text: &str| Keys::load(KeySources { jwk_set: Some(text.into()), ..KeySources::default() });
    for no_set in ["", "[]", "{}", r#"{"keys": []}"#] {
        assert!(matches!(set(no_set), Err(KeysError::Format(_))), "{no_set}");
    }
}

#[tokio::test]
async fn a_header_switches_the_cookies_off_and_two_are_refused() {
    let router = router(auth().unwrap());
    let token = token(42, &json!({}));
    let with = |headers: &[(header::HeaderName, String)]| {
        let mut request = Request::get("/me").header(header::COOKIE, cookies(&token));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Body::empty()).unwrap()
    };
    let authorization = |value: &str| (header::AUTHORIZATION, value.to_owned());
    assert_eq!(ask(&router, with(&[])).await.0, 200);
    for other in ["Bearer x", "Basic x", "JWT", "JWT ", "JWT a b", ""] {
        assert_eq!(ask(&router, with(&[authorization(other)])).await.0, 401, "{other}");
    }
    let right = authorization(&format!("JWT {token}"));
    let (status, headers, body) = ask(&router, with(&[right.clone(), right])).await;
    assert_eq!(status, 401);
    assert_eq!(headers[header::WWW_AUTHENTICATE], "JWT realm=\"api\"");
    assert!(!body.contains(&token));
}

#[tokio::test]
async fn what_a_page_changes_by_cookie_needs_the_token_that_it_was_given() {
    let router = router(auth().unwrap());
    let jwt = cookies(&token(42, &json!({})));
    let given = Request::get("/csrf/api/v1/token").header(header::ORIGIN, ORIGIN);
    let (status, headers, body) = ask(&router, given.body(Body::empty()).unwrap()).await;
    assert_eq!(status, 200);
    let csrf = serde_json::from_str::<Value>(&body).unwrap()["csrfToken"].as_str().unwrap().to_owned();
    let set = headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.starts_with(&format!("learning_paths_csrftoken={csrf}; ")) && set.ends_with("; Secure"),
        "{set}"
    );

    let change = |csrf_cookie: &str, sent: Option<&str>, origin: Option<&str>| {
        let cookie = format!("{jwt}; learning_paths_csrftoken={csrf_cookie}");
        let mut request = Request::post("/change")
            .header(header::COOKIE, cookie)
            .header(header::HOST, "paths.lms.example.com");
        if let Some(sent) = sent {
            request = request.header("x-csrftoken", sent);
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        ask(&router, request.body(Body::empty()).unwrap())
    };
    let other = "0".repeat(csrf.len());
    for origin in [None, Some(ORIGIN), Some("https://paths.lms.example.com")] {
        assert_eq!(change(&csrf, Some(&csrf), origin).await.0, 200, "{origin:?}");
    }
    for (cookie, sent, origin) in [
        (csrf.as_str(), None, Some(ORIGIN)),
        (&csrf, Some(""), Some(ORIGIN)),
        (&csrf, Some(&*other), Some(ORIGIN)),
        ("", Some(""), Some(ORIGIN)),
        ("x", Some("x"), Some(ORIGIN)),
        (&csrf, Some(&*csrf), Some("https://evil.example.com")),
        (&csrf, Some(&*csrf), Some("null")),
    ] {
        let (status, _, body) = change(cookie, sent, origin).await;
        assert_eq!(status, 403, "{cookie} {sent:?} {origin:?}");
        assert!(body.contains("CSRF Failed: "), "{body}");
    }
    // A page of another site cannot send the header, so a token in it needs nothing more.
    let by_header =
        Request::post("/change").header(header::AUTHORIZATION, format!("JWT {}", token(42, &json!({}))));
    assert_eq!(ask(&router, by_header.body(Body::empty()).unwrap()).await.0, 200);
}

#[tokio::test]
async fn only_pages_of_named_origins_may_ask() {
    let router = router(auth().unwrap());
    let preflight = |origin: &str| {
        Request::options("/change")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(
                header::ACCESS_CONTROL_REQUEST_HEADERS,
                "use-jwt-cookie,x-csrftoken,content-type,if-match",
            )
            .body(Body::empty())
            .unwrap()
    };
    let (status, headers, _) = ask(&router, preflight(ORIGIN)).await;
    assert_eq!(status, 200);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    let allowed = headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
    for name in ["use-jwt-cookie", "x-csrftoken", "if-match", "idempotency-key"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    let (_, headers, _) = ask(&router, preflight("https://evil.example.com")).await;
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let asked = Request::get("/me")
        .header(header::ORIGIN, ORIGIN)
        .header(header::AUTHORIZATION, format!("JWT {}", token(42, &json!({}))));
    let (_, headers, _) = ask(&router, asked.body(Body::empty()).unwrap()).await;
    let vary = headers.get_all(header::VARY).iter().map(|value| value.to_str().unwrap());
    let vary = vary.collect::<Vec<_>>().join(",");
    for name in ["authorization", "cookie", "origin"] {
        assert!(vary.contains(name), "{vary}");
    }
}
