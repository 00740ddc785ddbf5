//! The audit log of credentials.

use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::office::Office;

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn who_changed_what_is_read_by_those_who_may(pool: PgPool) {
    let office = Office::open(pool).await;
    office.give(7).await.is(201);
    office.issue().await;
    let id = office.only(7).await;
    let uri = format!("/api/v1/credentials/{id}/suspend");
    office.post(&uri, json!({ "reason": "=HYPERLINK(\"x\")" })).await.is(200);
    let items = async |query: &str| {
        let page = office.get(&format!("/api/v1/audit{query}")).await.is(200).json();
        page["items"].as_array().unwrap().clone()
    };
    let all = items("").await;
    let actions: Vec<_> = all.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    // The first key belongs to no organisation, and so to no manager.
    assert_eq!(actions, ["credential.suspended", "credential.given", "definition.put", "issuer.put"]);
    let entry = &all[1];
    assert_eq!(
        (&entry["actor"], &entry["org"], &entry["reason"]),
        (&json!("user:2"), &json!("Org"), &json!("prior learning"))
    );
    assert_eq!(
        (&entry["target"], &entry["after"]["learner_id"]),
        (&json!(format!("credential:{id}")), &json!(7))
    );
    assert!(entry["request_id"].is_string() && entry["before"].is_null());
    assert_eq!(items(&format!("?target=credential:{id}")).await, all[..2]);
    assert_eq!(items("?actor=user:1").await, all[2..]);
    assert_eq!(items("?org=Other").await, Vec::<Value>::new());
    let page = office.get("/api/v1/audit?limit=3").await.is(200).json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(items(&format!("?cursor={next}")).await, all[3..]);

    let by = async |who, uri: &str| office.ask(Some(who), "GET", uri, Value::Null, &[]).await;
    let of_platform = by(Who::Administrator, "/api/v1/audit").await.is(200).json();
    assert_eq!(of_platform["items"].as_array().unwrap().len(), 5);
    assert_eq!(by(Who::OtherManager, "/api/v1/audit").await.is(200).json()["items"], json!([]));
    for who in [Who::Learner, Who::Reader, Who::Writer] {
        by(who, "/api/v1/audit").await.is(403);
        by(who, "/api/v1/audit/export").await.is(403);
    }
    let table = by(Who::Manager, "/api/v1/audit/export").await.is(200);
    assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines.len(), 5, "{}", table.text);
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"x\"\")\""), "no cell is a formula: {}", lines[1]);
    let other = by(Who::OtherManager, "/api/v1/audit/export").await.is(200);
    assert_eq!(other.text.lines().count(), 1, "the names of the columns alone");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_long_log_is_exported_whole(pool: PgPool) {
    let office = Office::open(pool).await;
    sqlx::query("INSERT INTO audit_log (actor, action, target, org) SELECT 'user:1', 'x', n::text, 'Org' FROM generate_series(1, 450) n")
        .execute(&office.pool)
        .await
        .unwrap();
    let table = office.get("/api/v1/audit/export?actor=user:1").await.is(200);
    assert_eq!(table.text.lines().count(), 1 + 450 + 2, "with the issuer and the definition");
}
