//! Awards that staff give, and the credentials that they become.

use chrono::{DateTime, TimeDelta, Utc};
use lp_credentials_store::{Completion, Retirement, Tellings, Told};
use lp_http::auth::testing::Who;
use lp_open_badges::{OpenBadgeCredential, verify};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::http::{at, completed, holder};
use crate::office::{Office, RUN, definition};

/// A credential as everybody gets it, checked.
async fn shown(office: &Office, id: &str) -> OpenBadgeCredential {
    let did = office.ask(None, "GET", "/.well-known/did.json", Value::Null, &[]).await.is(200);
    let answer = office.ask(None, "GET", &format!("/credentials/{id}"), Value::Null, &[]).await.is(200);
    verify(answer.text.as_bytes(), &serde_json::from_str(&did.text).unwrap()).unwrap()
}

async fn names(office: &Office, learner: i64) -> (String, String, String) {
    sqlx::query_as("SELECT username, email, name FROM award_holders WHERE learner_id = $1")
        .bind(learner)
        .fetch_one(&office.pool)
        .await
        .unwrap()
}

fn asked() -> Value {
    json!({ "learner_id": 7, "run_key": RUN, "revision": 2, "reason": "learnt elsewhere", "grade": 0.75,
        "awarded_at": "2026-05-02T10:00:00Z", "username": "jones", "email": "jones@example.com", "name": "Jones" })
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_award_by_hand_becomes_a_credential_that_claims_no_completion(pool: PgPool) {
    let office = Office::open(pool).await;
    let given = office.post("/api/v1/credentials", asked()).await.is(201);
    let award = given.json();
    assert_eq!(office.get(&given.location()).await.is(200).json(), award);
    for (field, expected) in [
        ("by_hand", json!(true)),
        ("learner_id", json!(7)),
        ("run_key", json!(RUN)),
        ("path_name", json!("Data Engineering")),
        ("revision", json!(2)),
        ("completed_at", json!("2026-05-02T10:00:00Z")),
        ("valid_from", json!("2026-05-02T10:00:00Z")),
        ("grade", json!(0.75)),
        ("contexts", json!([])),
        ("progress", json!(0.0)),
        ("status", json!("valid")),
        ("supersedes", Value::Null),
    ] {
        assert_eq!(award[field], expected, "{field}");
    }
    assert_eq!(office.issue().await.issued, 1);
    let id = office.only(7).await;
    let badge = serde_json::to_value(shown(&office, &id).await).unwrap();
    let subject = &badge["credentialSubject"];
    assert_eq!(subject["identifier"][0]["identityHash"], "Jones");
    assert_eq!(subject["result"].as_array().unwrap().len(), 1, "a grade, and no completion: {subject}");
    assert_eq!(subject["result"][0]["value"], "75");
    assert_eq!(badge["awardedDate"], "2026-05-02T10:00:00Z");
    let evidence = badge["evidence"].to_string();
    assert!(evidence.contains("on 2026-05-02 by decision of the issuer"), "{evidence}");
    assert!(!evidence.contains("sha256") && !evidence.contains("Completed"), "{evidence}");
    let page = [("accept", "text/html")];
    let page = office.ask(None, "GET", &format!("/credentials/{id}"), Value::Null, &page).await.is(200).text;
    assert!(page.contains("by a decision of its own") && !page.contains("Courses that counted"), "{page}");
    let target = format!("credential:{id}");
    let noted = office.noted("credential.%").await;
    assert_eq!(noted, [("credential.given".to_owned(), target, Some("learnt elsewhere".to_owned()))]);
    let (actor, after): (String, Value) =
        sqlx::query_as("SELECT actor, after FROM audit_log WHERE action = 'credential.given'")
            .fetch_one(&office.pool)
            .await
            .unwrap();
    assert_eq!((actor.as_str(), &after["award_id"]), ("user:2", &award["award_id"]));
    assert!(!after.to_string().to_lowercase().contains("jones"), "{after}");
    // Of an award that was earned the page says no such thing.
    office.complete(vec![completed(42, 1)]).await;
    office.issue().await;
    let earned = office.only(42).await;
    let page = [("accept", "text/html")];
    let page = office.ask(None, "GET", &format!("/credentials/{earned}"), Value::Null, &page).await;
    assert!(!page.is(200).text.contains("by a decision of its own"));
    assert_eq!(office.get("/api/v1/learners/42/awards").await.json()["items"][0]["by_hand"], false);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn what_cannot_be_given_is_refused_with_its_reason(pool: PgPool) {
    let office = Office::open(pool).await;
    let with = |field: &str, value: Value| {
        let mut body = asked();
        body[field] = value;
        body
    };
    let future = (Utc::now() + TimeDelta::hours(1)).to_rfc3339();
    for (body, status) in [
        (with("awarded_at", json!(future)), 422),
        (with("revision", json!(0)), 422),
        (with("revision", json!(3_000_000_000_u32)), 422),
        (with("reason", json!(" ")), 422),
        (with("reason", json!("x".repeat(1_001))), 422),
        (with("username", json!(" ")), 422),
        (with("name", json!("x".repeat(256))), 422),
        (with("reason", Value::Null), 400),
        (with("grade", json!(1.5)), 400),
        (with("learner_id", json!(0)), 400),
        (with("run_key", json!("path-v1:Org")), 400),
        (with("run_key", json!("path-v1:Other+N+R+G")), 403),
    ] {
        let answer = office.post("/api/v1/credentials", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    let undefined =
        office.post("/api/v1/credentials", with("run_key", json!("path-v1:Org+X+R+G"))).await.is(409);
    assert!(undefined.detail().contains("no credential is issued for path-v1:Org+X+R+G"));
    let mut off = definition();
    off["enabled"] = json!(false);
    office.put("/api/v1/definitions/Org+N", "\"1\"", off).await.is(200);
    office.give(7).await.is(409);
    office.put("/api/v1/definitions/Org+N", "\"2\"", definition()).await.is(200);

    office.complete(vec![completed(42, 1)]).await;
    let award = office.get("/api/v1/learners/42/awards").await.json()["items"][0].clone();
    let there = office.give(42).await.is(409);
    assert!(there.detail().contains(award["award_id"].as_str().unwrap()), "{}", there.detail());
    let given = office.give(8).await.is(201).json();
    let again = office.give(8).await.is(409);
    assert!(again.detail().contains(given["award_id"].as_str().unwrap()), "{}", again.detail());

    let retired = Retirement { learner_id: 9, retired_at: at(1) };
    office.tell(Tellings { retirements: vec![retired], ..Tellings::default() }).await;
    assert!(office.give(9).await.is(409).detail().contains("retired"));
    assert_eq!(office.noted("credential.given").await.len(), 1, "nothing is written of what was not done");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn names_are_of_use_only_as_long_as_no_event_tells_any(pool: PgPool) {
    let office = Office::open(pool).await;
    let named =
        |name: &str| (name.to_lowercase(), format!("{}@example.com", name.to_lowercase()), name.to_owned());
    office.post("/api/v1/credentials", asked()).await.is(201);
    assert_eq!(names(&office, 7).await, named("Jones"));
    // An event that knows none takes none away.
    let mut unknown = holder(7);
    (unknown.username, unknown.email, unknown.name) = (String::new(), String::new(), String::new());
    office.tell(Tellings { holders: vec![unknown], ..Tellings::default() }).await;
    assert_eq!(names(&office, 7).await, named("Jones"));
    // One that knows them wins, however old it is, and what is given after it changes nothing.
    let mut told = holder(7);
    told.told = Told { at: at(-60 * 24 * 365), event_id: uuid::Uuid::nil() };
    office.tell(Tellings { holders: vec![told], ..Tellings::default() }).await;
    assert_eq!(names(&office, 7).await, named("Canary"));
    office.issue().await;
    let id = office.only(7).await;
    office.post(&format!("/api/v1/credentials/{id}/revoke"), Value::Null).await.is(200);
    office.post("/api/v1/credentials", asked()).await.is(201);
    assert_eq!(names(&office, 7).await, named("Canary"));
    // A wrong name is put right by another one.
    office.give(8).await.is(201);
    assert_eq!(names(&office, 8).await, (String::new(), String::new(), String::new()));
    office.issue().await;
    for name in ["Jonse", "Jones"] {
        let id = office.credentials(8).await.pop().unwrap();
        let id = id["credential_id"].as_str().unwrap();
        office.post(&format!("/api/v1/credentials/{id}/revoke"), Value::Null).await.is(200);
        let mut body = asked();
        (body["learner_id"], body["name"]) = (json!(8), json!(name));
        body["awarded_at"] = json!(Utc::now());
        office.post("/api/v1/credentials", body).await.is(201);
        assert_eq!(names(&office, 8).await.2, name);
        office.issue().await;
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn who_was_revoked_may_be_given_one_again_which_names_the_one_before(pool: PgPool) {
    let office = Office::open(pool).await;
    let first = completed(42, 1);
    office.complete(vec![first.clone()]).await;
    office.issue().await;
    office.revoke(&first).await;
    office.issue().await;
    let earned = office.get("/api/v1/learners/42/awards").await.json()["items"][0].clone();
    let second = office.give(42).await.is(201).json();
    assert_eq!(second["supersedes"], earned["award_id"]);
    assert_eq!(office.issue().await.issued, 1);
    let credentials = office.credentials(42).await;
    assert_eq!(credentials[1]["supersedes"], credentials[0]["credential_id"]);

    // Revoked by hand: no event will ever do so.
    let id = credentials[1]["credential_id"].as_str().unwrap();
    office.post(&format!("/api/v1/credentials/{id}/revoke"), json!({ "reason": "by mistake" })).await.is(200);
    office.issue().await;
    assert_eq!(office.credentials(42).await[1]["status"], "revoked");
    let third = office.give(42).await.is(201).json();
    assert_eq!(third["supersedes"], second["award_id"]);
    assert_ne!(third["completion_id"], second["completion_id"]);
    office.issue().await;
    office.give(42).await.is(409);

    // A completion that comes later makes an award and a credential of its own.
    let told_at: DateTime<Utc> = Utc::now();
    let later = Completion {
        completed_at: told_at,
        told: Told { at: told_at, ..completed(42, 2).told },
        ..completed(42, 2)
    };
    office.complete(vec![later]).await;
    assert_eq!(office.issue().await.issued, 1);
    let all = office.credentials(42).await;
    let valid: Vec<_> = all.iter().filter(|one| one["status"] == "valid").collect();
    assert_eq!((all.len(), valid.len()), (4, 2));
    assert_eq!(valid[1]["supersedes"], Value::Null, "the one by hand stands");

    // Until staff revoke it: what was earned then stands in for it.
    let id = valid[0]["credential_id"].as_str().unwrap();
    office.post(&format!("/api/v1/credentials/{id}/revoke"), json!({ "reason": "twice" })).await.is(200);
    let earned = office.get("/api/v1/learners/42/awards").await.json()["items"][0].clone();
    assert_eq!((&earned["by_hand"], &earned["supersedes"]), (&json!(false), &third["award_id"]));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_credential_given_by_hand_is_withdrawn_with_its_learners_account(pool: PgPool) {
    let office = Office::open(pool).await;
    office.post("/api/v1/credentials", asked()).await.is(201);
    office.issue().await;
    let retired = Retirement { learner_id: 7, retired_at: at(1) };
    office.tell(Tellings { retirements: vec![retired], ..Tellings::default() }).await;
    office.issue().await;
    assert_eq!(office.credentials(7).await[0]["status"], "withdrawn");
    assert_eq!(names(&office, 7).await, (String::new(), String::new(), String::new()));
    office.post("/api/v1/credentials", asked()).await.is(409);
    assert_eq!(names(&office, 7).await, (String::new(), String::new(), String::new()));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn files_of_an_award_by_hand_do_not_say_that_it_was_completed(pool: PgPool) {
    let office = Office::open(pool).await;
    office.post("/api/v1/credentials", asked()).await.is(201);
    office.issue().await;
    let id = office.only(7).await;
    let file = async |file: &str| {
        let uri = format!("/api/v1/credentials/{id}/files/{file}?lang=ar");
        office.ask(Some(Who::Manager), "GET", &uri, Value::Null, &[]).await.is(200).text
    };
    let (certificate, preview, transcript) =
        (file("certificate.pdf").await, file("preview.png").await, file("transcript.pdf").await);
    // The same of an award that was earned: what differs are the words around its values.
    sqlx::query("UPDATE awards SET by_hand = false").execute(&office.pool).await.unwrap();
    assert_ne!(file("certificate.pdf").await, certificate);
    assert_ne!(file("preview.png").await, preview);
    assert_eq!(file("transcript.pdf").await, transcript, "it says of nothing that it was completed");
}
