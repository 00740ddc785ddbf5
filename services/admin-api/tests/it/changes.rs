//! What all changes have in common: they are made once, and written down.

use axum::body::Body;
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::support::{Client, RUN, definition, manager, router};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_request_that_is_sent_again_is_answered_again_and_not_done_again(pool: PgPool) {
    let manager = Client::new(&pool, Who::Manager);
    let new = |title: &str| json!({ "org": "Org", "number": "N", "title": title });
    let send = |client: &Client, key: &'static str, body: Value| {
        let client = client.clone();
        async move { client.ask("POST", "/paths", &[("idempotency-key", key)], body).await }
    };
    let (one, other) = tokio::join!(send(&manager, "k", new("A path")), send(&manager, "k", new("A path")));
    let first = one.clone().is(201);
    assert_eq!((&first.text, first.etag()), (&other.text, other.etag()), "both at once");
    assert_eq!(first.headers["location"], other.clone().is(201).headers["location"]);
    assert_eq!(send(&manager, "k", new("A path")).await.is(201).text, first.text);
    send(&manager, "k", new("Another")).await.is(422);
    send(&manager, "l", new("A path")).await.is(409);
    // The key is each caller's own.
    send(&Client::new(&pool, Who::Administrator), "k", new("A path")).await.is(409);
    let long: &'static str = Box::leak("x".repeat(256).into_boxed_str());
    for wrong in ["", long] {
        send(&manager, wrong, new("A path")).await.is(400);
    }
    // What was refused is not remembered.
    manager.post("/runs", json!({ "run_key": RUN })).await.is(201);
    let publish = |etag: String| {
        let manager = manager.clone();
        async move {
            let headers = [("idempotency-key", "p"), ("if-match", etag.as_str())];
            manager.ask("POST", &format!("/runs/{RUN}/publish"), &headers, Value::Null).await
        }
    };
    let wrong = manager.draft(RUN, None, json!({})).await.is(200).etag();
    publish(wrong.clone()).await.is(422);
    let right = manager.draft(RUN, Some(&wrong), definition(&[1])).await.is(200).etag();
    publish(right.clone()).await.is(201);
    assert_eq!(publish(right).await.is(201).json(), json!({ "revision": 1 }));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn every_change_is_written_down_once_with_who_why_and_by_which_request(pool: PgPool) {
    let manager = manager(&pool).await;
    let uri = format!("/runs/{RUN}");
    let (path, run) = (manager.get("/paths/Org/N").await.etag(), manager.get(&uri).await.etag());
    let id = "018f0000-0000-7000-8000-000000000001";
    let edit = json!({ "title": "B", "reason": "=HYPERLINK(\"x\")" });
    manager.ask("PATCH", "/paths/Org/N", &[("if-match", &path), ("x-request-id", id)], edit).await.is(200);
    manager
        .ask("PATCH", &uri, &[("if-match", &run)], json!({ "policy": { "regression": "review" } }))
        .await
        .is(200);
    for change in ["archive", "restore"] {
        manager.post(&format!("/paths/Org/N/{change}"), Value::Null).await.is(200);
        manager.post(&format!("{uri}/{change}"), json!({ "reason": "because" })).await.is(200);
    }
    let clone = json!({ "run_key": "path-v1:Org+N+2027+open" });
    manager.post(&format!("{uri}/clone"), clone).await.is(201);
    let draft = manager.draft(RUN, None, definition(&[9])).await.is(200).etag();
    manager.ask("DELETE", &format!("{uri}/draft"), &[("if-match", &draft)], Value::Null).await.is(204);
    let administrator = Client::new(&pool, Who::Administrator);
    let grant = json!({ "user_id": 7, "role": "auditor", "org": "Org" });
    let grant = administrator.post("/grants", grant).await.is(201).json();
    let revoke = format!("/grants/{}", grant["grant_id"]);
    administrator.ask("DELETE", &revoke, &[], Value::Null).await.is(204);

    let log = manager.get("/audit").await.is(200).json();
    let entries = log["items"].as_array().unwrap();
    let mut actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.reverse();
    assert_eq!(
        actions,
        [
            "path.created",
            "run.created",
            "draft.written",
            "run.published",
            "path.edited",
            "run.policy_changed",
            "path.archived",
            "run.archived",
            "path.restored",
            "run.restored",
            "run.created",
            "draft.written",
            "draft.written",
            "draft.deleted",
            "grant.created",
            "grant.revoked",
        ]
    );
    let of = |action: &str| entries.iter().find(|entry| entry["action"] == action).unwrap().clone();
    let edited = of("path.edited");
    assert_eq!((edited["actor"].as_str(), edited["request_id"].as_str()), (Some("user:2"), Some(id)));
    assert_eq!((&edited["before"]["title"], &edited["after"]["title"]), (&json!("A path"), &json!("B")));
    assert_eq!(of("run.archived")["reason"], "because");
    assert_eq!(of("grant.revoked")["actor"], "user:1");
    assert!(!log.to_string().contains("user2"), "no names");

    let mine = manager.get("/audit?actor=user:1&limit=1").await.is(200).json();
    assert_eq!(mine["items"][0]["action"], "grant.revoked");
    let csv = manager.get("/audit/export").await.is(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.text.lines().count(), 1 + actions.len(), "{}", csv.text);
    assert!(csv.text.contains(r#""'=HYPERLINK(""x"")""#), "row 88: {}", csv.text);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_export_has_every_row_once_and_no_page_grows_with_what_was_written(pool: PgPool) {
    let manager = manager(&pool).await;
    let large = json!({ "items": [], "requirement": "x".repeat(1 << 20) });
    let etag = manager.draft(RUN, None, large.clone()).await.is(200).etag();
    manager.draft(RUN, Some(&etag), large).await.is(200);
    let page = manager.get("/audit").await.is(200);
    assert!(page.text.len() < 64 << 10, "{}", page.text.len());
    let written = &page.json()["items"][0];
    assert_eq!(
        (&written["before"], written["after"]["bytes"].as_u64() > Some(1 << 20)),
        (&written["after"], true)
    );
    sqlx::query("INSERT INTO audit_log (actor, action, target, org) SELECT 'user:9', 'a', 't', 'Org' FROM generate_series(1, 1000)")
        .execute(&pool)
        .await
        .unwrap();
    let export = manager.get("/audit/export?actor=user:9").await.is(200).text;
    let ids: std::collections::BTreeSet<&str> =
        export.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!((ids.len(), export.lines().count()), (1_000, 1_001));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_body_whose_type_is_not_said_is_not_passed_over(pool: PgPool) {
    manager(&pool).await;
    let request = Who::Manager
        .request("POST", &format!("/api/v1/runs/{RUN}/archive"))
        .body(Body::from(r#"{"reason": "because"}"#))
        .unwrap();
    assert_eq!(router(&pool).oneshot(request).await.unwrap().status(), 415);
}
