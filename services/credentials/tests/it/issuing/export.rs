//! All credentials as a file.

use lp_credentials_store::Completion;
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Answer, World};
use crate::http::completed;

const EXPORT: &str = "/api/v1/credentials/export";

async fn export(world: &World, who: Who, query: &str) -> Answer {
    world.ask(Some(who), "GET", &format!("{EXPORT}{query}"), Value::Null, &[]).await
}

/// Of two runs of `Org`: learners 101 to 105, the last one revoked for what would be a formula, and 60.
async fn filled(pool: PgPool) -> World {
    let world = World::defined(pool).await;
    let other = Completion { run_key: "path-v1:Org+N+OTHER+G".into(), ..completed(60, 60) };
    world.complete((1..=5).map(|n| completed(100 + i64::from(n), n)).chain([other]).collect()).await;
    world.issue().await;
    let id = world.only(105).await["credential_id"].as_str().unwrap().to_owned();
    let why = json!({ "reason": "=HYPERLINK(\"https://evil.example\")" });
    world.managed("POST", &format!("/api/v1/credentials/{id}/revoke"), why).await.is(200);
    world
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn lines_are_the_lists_entries_and_rows_say_the_same_without_formulas(pool: PgPool) {
    let world = filled(pool).await;
    let list = world.managed("GET", "/api/v1/credentials?limit=200", Value::Null).await.is(200).json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 6);
    let lines = export(&world, Who::Manager, "?format=jsonl").await.is(200);
    assert_eq!(lines.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, *items);

    let table = export(&world, Who::Manager, "").await.is(200);
    assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert_eq!(table.headers["content-disposition"], "attachment; filename=\"credentials.csv\"");
    let mut rows = table.text.lines();
    let columns: Vec<&str> = rows.next().unwrap().split(',').collect();
    let mut keys: Vec<&str> = items[0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut sorted = columns.clone();
    keys.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, keys, "a column a value");
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        let begins = format!("{},{},{},", item["credential_id"], item["completion_id"], item["learner_id"]);
        assert!(row.starts_with(&begins.replace('"', "")), "{row}");
        assert!(row.ends_with(item["url"].as_str().unwrap()), "{row}");
    }
    assert!(
        table.text.contains("revoked,\"'=HYPERLINK(\"\"https://evil.example\"\")\",revoked"),
        "{}",
        table.text
    );
    assert!(!table.text.contains("Canary"), "{}", table.text);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_export_has_what_the_list_would_have(pool: PgPool) {
    let world = filled(pool).await;
    let count = async |who: Who, query: &str| {
        export(&world, who, &format!("?format=jsonl{query}")).await.is(200).text.lines().count()
    };
    assert_eq!(count(Who::Auditor, "").await, 6);
    assert_eq!(count(Who::OtherManager, "").await, 0, "of another organisation");
    assert_eq!(count(Who::Manager, "&run_key=path-v1:Org%2BN%2BOTHER%2BG").await, 1);
    assert_eq!(count(Who::Manager, "&status=revoked").await, 1);
    assert_eq!(count(Who::Manager, "&status=revoked&run_key=path-v1:Org%2BN%2BOTHER%2BG").await, 0);
    export(&world, Who::Learner, "").await.is(403);
    for query in ["?format=pdf", "?limit=5", "?cursor=x", "?run_key=nonsense"] {
        export(&world, Who::Manager, query).await.is(400);
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_export_goes_on_where_a_portion_ends(pool: PgPool) {
    let world = filled(pool).await;
    // Copies of one credential, as it would take long to issue so many.
    sqlx::query(
        "WITH made AS (
             INSERT INTO awards (completion_id, award_id, learner_id, run_key, path_name, revision, attempt, completed_at, progress,
                     contexts, told_at, event_id)
                 SELECT id, id, 7, 'path-v1:Org+MANY+R+G', 'N', 1, 1, now(), 1, '[]', now(), id
                 FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 2000)) one
                 RETURNING completion_id, run_key
         )
         INSERT INTO credentials (credential_id, completion_id, learner_id, org, run_key, subject, definition_version,
                 issuer_version, status_at, awarded_at, valid_from, revocation_list, revocation_place)
             SELECT completion_id, completion_id, 7, 'Org', run_key, 'Org+N', 1, 1, now(), now(), now(),
                 (SELECT min(list_id) FROM status_lists), - row_number() OVER ()
             FROM made",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let table = export(&world, Who::Manager, "").await.is(200).text;
    assert_eq!(table.lines().count(), 1 + 2_006);
    let ids: Vec<&str> = table.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "each once, in order");
}
