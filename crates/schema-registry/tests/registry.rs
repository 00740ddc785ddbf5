//! The client against stub registries over loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use lp_schema_registry::{RegistryClient, RegistryError, Settings};

const SCHEMA: &str = r#"{"schema":"\"long\""}"#;

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn client(url: &str) -> RegistryClient {
    let settings =
        Settings { base_url: url.parse().unwrap(), basic_auth: None, timeout: Duration::from_millis(500) };
    RegistryClient::new(settings).unwrap()
}

/// A registry whose n-th answer (from 0) on `/schemas/ids/{id}` is `answer(n)`, and the count of questions.
async fn scripted(
    answer: impl Fn(u32) -> Response + Clone + Send + Sync + 'static,
) -> (String, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let router = Router::new()
        .route("/schemas/ids/{id}", get(move || async move { answer(count.fetch_add(1, Ordering::SeqCst)) }));
    (serve(router).await, asked)
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, r#"{"error_code":40403,"message":"Schema 7 not found"}"#).into_response()
}

#[tokio::test]
async fn a_schema_is_asked_for_once() {
    let (url, asked) = scripted(|_| SCHEMA.into_response()).await;
    let client = client(&url);
    assert_eq!(&*client.schema_by_id(7).await.unwrap(), "\"long\"");
    assert_eq!(&*client.schema_by_id(7).await.unwrap(), "\"long\"");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn callers_that_ask_at_once_share_one_request() {
    let (url, asked) = scripted(|_| SCHEMA.into_response()).await;
    let client = client(&url);
    let all = futures::future::join_all((0..50).map(|_| client.schema_by_id(7))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn fault_49_cached_ids_work_while_the_registry_is_down() {
    let (url, _) =
        scripted(|n| if n == 0 { SCHEMA.into_response() } else { StatusCode::BAD_GATEWAY.into_response() })
            .await;
    let client = client(&url);
    client.schema_by_id(7).await.unwrap();
    assert!(matches!(client.schema_by_id(8).await, Err(RegistryError::Unavailable(_))));
    client.schema_by_id(7).await.unwrap();
}

#[tokio::test]
async fn fault_49_a_registry_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(client(&url).schema_by_id(7).await, Err(RegistryError::Unavailable(_))));
}

#[tokio::test]
async fn fault_50_no_error_is_kept_and_none_is_asked_for_in_a_hot_loop() {
    let (url, asked) = scripted(|n| match n {
        0..=2 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        3..=5 => not_found(),
        _ => SCHEMA.into_response(),
    })
    .await;
    let client = client(&url);
    assert!(matches!(client.schema_by_id(7).await, Err(RegistryError::Unavailable(_))));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert!(matches!(client.schema_by_id(7).await, Err(RegistryError::NotFound { id: 7 })));
    assert!(client.schema_by_id(7).await.is_ok());
}

#[tokio::test]
async fn fault_32_48_a_batch_of_unknown_ids_is_told_in_time_and_none_is_kept() {
    let (url, asked) = scripted(|n| if n < 502 { not_found() } else { SCHEMA.into_response() }).await;
    let client = client(&url);
    let batch = async {
        for _ in 0..500 {
            assert!(matches!(client.schema_by_id(7).await, Err(RegistryError::NotFound { id: 7 })));
        }
    };
    // Tried over with waits each time, it would take more than half a minute at the least.
    tokio::time::timeout(Duration::from_secs(20), batch).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 502, "the first is tried over, the others are asked for once");
    assert!(client.schema_by_id(7).await.is_ok());
}

#[tokio::test]
async fn fault_50_a_single_bad_answer_is_tried_over() {
    let (url, _) = scripted(|n| if n == 0 { not_found() } else { SCHEMA.into_response() }).await;
    assert!(client(&url).schema_by_id(7).await.is_ok());
}

#[tokio::test]
async fn fault_50_a_slow_registry_is_not_waited_for() {
    let router = Router::new().route("/schemas/ids/{id}", get(std::future::pending::<String>));
    let url = serve(router).await;
    let asked = tokio::time::timeout(Duration::from_secs(10), async { client(&url).schema_by_id(7).await });
    assert!(matches!(asked.await.unwrap(), Err(RegistryError::Unavailable(_))));
}

async fn rejected(answer: impl Fn(u32) -> Response + Clone + Send + Sync + 'static) -> String {
    let (url, asked) = scripted(answer).await;
    let Err(RegistryError::Rejected { why }) = client(&url).schema_by_id(7).await else {
        panic!("not rejected")
    };
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    why
}

#[tokio::test]
async fn fault_51_answers_of_no_use_are_rejected() {
    assert!(rejected(|_| vec![b' '; 10 * 1024 * 1024].into_response()).await.contains("1048576"));
    assert!(rejected(|_| "<html>".into_response()).await.contains("JSON"));
    assert!(rejected(|_| Redirect::temporary("/elsewhere").into_response()).await.contains("307"));
    assert!(rejected(|_| StatusCode::UNAUTHORIZED.into_response()).await.contains("401"));
}

/// It never will be: a message that names it must not hold up its partition.
#[tokio::test]
async fn a_schema_that_is_not_avro_is_told_apart() {
    let other = |_| r#"{"schema":"syntax = 3","schemaType":"PROTOBUF"}"#.into_response();
    let (url, asked) = scripted(other).await;
    assert!(matches!(client(&url).schema_by_id(7).await, Err(RegistryError::NotAvro { id: 7 })));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_404_of_a_wrong_path_condemns_no_message() {
    assert!(rejected(|_| StatusCode::NOT_FOUND.into_response()).await.contains("404"));
    let wrong_path =
        |_| (StatusCode::NOT_FOUND, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#).into_response();
    assert!(rejected(wrong_path).await.contains("404"));
}

#[tokio::test]
async fn a_schema_is_registered_once_with_the_subject_in_the_path() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let register = post(move |Path(subject): Path<String>, body: String| async move {
        count.fetch_add(1, Ordering::SeqCst);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((subject.as_str(), &body["schema"]), ("a/b c", &serde_json::json!("\"long\"")));
        assert_eq!((&body["schemaType"], &body["references"]), (&"AVRO".into(), &serde_json::json!([])));
        r#"{"id":42}"#
    });
    // Apicurio serves Confluent's API under a path of its own.
    let router = Router::new().route("/apis/ccompat/v7/subjects/{subject}/versions", register);
    let client = client(&format!("{}/apis/ccompat/v7", serve(router).await));
    assert_eq!(client.register("a/b c", "\"long\"").await.unwrap(), 42);
    assert_eq!(client.register("a/b c", "\"long\"").await.unwrap(), 42);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_password_goes_with_each_request_and_into_no_text() {
    let router = Router::new().route(
        "/base/schemas/ids/{id}",
        get(|headers: HeaderMap| async move {
            if headers["authorization"] == "Basic a2V5OmNhbmFyeQ==" {
                Ok(SCHEMA)
            } else {
                Err(StatusCode::UNAUTHORIZED)
            }
        }),
    );
    let settings = Settings {
        base_url: format!("{}/base/", serve(router).await).parse().unwrap(),
        basic_auth: Some(("key".into(), "canary".to_owned().into())),
        timeout: Duration::from_secs(5),
    };
    let client = RegistryClient::new(settings).unwrap();
    assert!(client.schema_by_id(1).await.is_ok());
    assert!(!format!("{client:?}").contains("canary"));
}
