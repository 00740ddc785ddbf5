//! What staff make of a credential.

use chrono::Utc;
use lp_credentials::issuing::Done;
use lp_credentials_store::Tellings;
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::World;
use crate::http::{completed, holder};

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn staff_suspend_reinstate_reissue_and_revoke_with_their_reasons(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let id = one["credential_id"].as_str().unwrap();
    let at = |what: &str| format!("/api/v1/credentials/{id}/{what}");
    let badge = world.shown(&one).await.unwrap();
    let because = |why: &str| json!({ "reason": why });
    let suspended = world.managed("POST", &at("suspend"), because("asked about")).await.is(200).json();
    assert_eq!((&suspended["status"], &suspended["by_hand"]), (&json!("suspended"), &json!("suspended")));
    world.issue().await;
    assert_eq!(world.bits(&badge).await, [false, true]);
    world.managed("POST", &at("reinstate"), Value::Null).await.is(200);
    world.issue().await;
    assert_eq!(
        (world.only(42).await["status"].clone(), world.bits(&badge).await),
        (json!("valid"), vec![false, false])
    );

    // A new name, under the same id and date of award.
    let mut renamed = holder(42);
    (renamed.name, renamed.told.at) = ("Canary Jones".into(), Utc::now());
    world.tell(Tellings { holders: vec![renamed], ..Tellings::default() }).await;
    assert_eq!(world.issue().await, Done::default(), "a name by itself changes nothing that is signed");
    world.managed("POST", &at("reissue"), because("married")).await.is(200);
    assert_eq!(world.issue().await, Done { reissued: 1, ..Done::default() });
    let again = world.shown(&one).await.unwrap();
    assert_eq!(again.credential_subject.identifier[0].shown_name().unwrap().as_str(), "Canary Jones");
    assert_eq!((&again.id, again.awarded_date), (&badge.id, badge.awarded_date));
    assert!(again.valid_from > badge.valid_from);
    assert_eq!(again.credential_status, badge.credential_status, "in the same places");

    world.managed("POST", &at("revoke"), because("plagiarism")).await.is(200);
    world.issue().await;
    assert_eq!(world.bits(&again).await, [true, false]);
    assert_eq!(world.only(42).await["reason"], "plagiarism");
    world.managed("POST", &at("revoke"), Value::Null).await.is(200);
    for what in ["suspend", "reinstate", "reissue"] {
        world.managed("POST", &at(what), Value::Null).await.is(409);
    }
    for who in [Who::Learner, Who::OtherManager, Who::Auditor] {
        world.ask(Some(who), "POST", &at("revoke"), Value::Null, &[]).await.is(403);
    }
    let told = world.told().await;
    let expected = [
        "1 awarded issued",
        "2 suspended asked about",
        "3 awarded reinstated",
        "4 awarded reissued",
        "5 revoked plagiarism",
    ];
    assert_eq!(told, expected);
    let actions: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT action, reason FROM audit_log WHERE target LIKE 'credential:%' ORDER BY audit_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let expected = [
        ("credential.suspended", Some("asked about")),
        ("credential.reinstated", None),
        ("credential.reissued", Some("married")),
        ("credential.revoked", Some("plagiarism")),
    ];
    assert_eq!(actions, expected.map(|(action, why)| (action.to_owned(), why.map(str::to_owned))));
}
