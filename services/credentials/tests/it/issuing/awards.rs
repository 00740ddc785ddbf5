//! From a completion to a credential, whenever there is a definition.

use lp_credentials::issuing::Done;
use lp_credentials_store::Completion;
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{World, definition, profile};
use crate::http::completed;

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_completion_becomes_a_credential_that_everybody_can_check(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    assert_eq!(world.issue().await, Done { issued: 1, ..Done::default() });
    world.complete(vec![completed(42, 1)]).await;
    assert_eq!(world.issue().await, Done::default(), "told twice");
    let one = world.only(42).await;
    assert_eq!((&one["status"], &one["awarded_at"]), (&json!("valid"), &json!("2026-05-01T00:01:00Z")));
    let badge = world.shown(&one).await.unwrap();
    let as_json = serde_json::to_value(&badge).unwrap();
    assert_eq!(as_json["id"], one["url"]);
    assert_eq!(as_json["issuer"]["id"], "did:web:credentials.example.org");
    assert_eq!(as_json["issuer"]["name"], "Example University");
    let subject = &as_json["credentialSubject"];
    assert_eq!(
        subject["achievement"]["id"],
        "https://credentials.example.org/achievements/path-v1:Org+N+R+G/revisions/1"
    );
    assert_eq!(subject["achievement"]["criteria"]["narrative"], "All of **it**.");
    let identifiers = subject["identifier"].as_array().unwrap();
    assert_eq!(
        (&identifiers[0]["identityHash"], &identifiers[0]["hashed"]),
        (&json!("Canary"), &json!(false))
    );
    assert_eq!(
        (&identifiers[1]["identityType"], &identifiers[1]["hashed"]),
        (&json!("emailAddress"), &json!(true))
    );
    assert_eq!(subject["result"][0]["value"], "0", "a grade of 0 is one");
    assert_eq!(subject["result"][1]["status"], "Completed");
    let narrative = as_json["evidence"][0]["narrative"].as_str().unwrap();
    assert!(narrative.contains("path-v1:Org+N+R+G (revision 1) on 2026-05-01"), "{narrative}");
    let counted = "- Kafka, basically (course-v1:edX+777+2026), 100 %, 2026-05-01\n";
    assert!(narrative.contains(counted) && narrative.contains("sha256"), "{narrative}");
    let text = world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.text;
    assert!(!text.contains("canary"), "neither username nor address is in it: {text}");
    assert_eq!(world.bits(&badge).await, [false, false]);
    // The same bytes for its learner, shared or not, and for nobody else who may not see awards.
    let document = format!("/api/v1/credentials/{}/document", one["credential_id"].as_str().unwrap());
    assert_eq!(world.ask(Some(Who::Learner), "GET", &document, Value::Null, &[]).await.is(200).text, text);
    world.ask(Some(Who::OtherLearner), "GET", &document, Value::Null, &[]).await.is(403);
    world.get(&document).await.is(401);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn completions_without_a_definition_are_remembered_and_issued_once_there_is_one(pool: PgPool) {
    let world = World::new(pool).await;
    world.complete((1..=7).map(|n| completed(40 + i64::from(n), n)).collect()).await;
    let other = Completion { run_key: "path-v1:Org+NOT+R+G".into(), ..completed(60, 60) };
    world.complete(vec![other]).await;
    assert_eq!(world.issue().await.issued, 0);
    world.put("/api/v1/definitions/Org+N", "*", definition()).await.is(409);
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let count = world.managed("GET", "/api/v1/definitions/Org+N/unissued", Value::Null).await.is(200).json();
    assert_eq!(count, json!({ "awards": 7 }));
    let mut off = definition();
    off["enabled"] = json!(false);
    let etag = world.put("/api/v1/definitions/Org+N", "*", off).await.is(200).headers["etag"].clone();
    assert_eq!(world.issue().await.issued, 0, "it is not issued yet");
    let first = world.put("/api/v1/definitions/Org+N", etag.to_str().unwrap(), definition()).await.is(200);
    assert_eq!(first.headers["etag"], "\"2\"");
    world.put("/api/v1/definitions/Org+N", etag.to_str().unwrap(), definition()).await.is(412);
    assert_eq!(world.issue().await.issued, 7);
    // What is issued keeps what it says; a run may differ.
    let mut of_run = definition();
    of_run["name"] = json!("Of this run");
    world.put("/api/v1/definitions/path-v1:Org+N+R+G", "*", of_run).await.is(200);
    world.complete(vec![completed(50, 50)]).await;
    assert_eq!(world.issue().await, Done { issued: 1, ..Done::default() });
    let (old, new) = (world.only(41).await, world.only(50).await);
    assert_eq!(world.shown(&old).await.unwrap().name.unwrap().as_str(), "Data Engineering");
    assert_eq!(world.shown(&new).await.unwrap().name.unwrap().as_str(), "Of this run");
}
