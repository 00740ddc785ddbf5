//! Staff's word beside what learners do themselves.

use chrono::Utc;
use lp_devstack::until;
use serde_json::{Value, json};

use super::World;
use super::world::{course, days_ago, items, passing};

async fn vouch(world: &World, learner: i64, of: &str, more: &Value) -> Value {
    let mut body = json!({ "context_key": course(of), "reason": "an equal course elsewhere" });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    world.admin.post(&format!("/learners/{learner}/overrides"), &body).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_m_an_override_is_a_fact_that_is_signed_that_ends_and_that_survives_a_rebuild() {
    let Some(world) = World::start().await else { return };
    world.author("m", json!({ "regression": "revocable" }), &items(&["C", "D"])).await;
    for learner in [7, 8] {
        world.enrol("m", learner).await;
    }
    world.tell(&[passing(7, "D", days_ago(1), true), passing(8, "D", days_ago(1), true)]).await;
    vouch(&world, 7, "C", &json!({ "evidence": "https://example.com/transcript/7" })).await;
    assert_eq!(world.learner(7, "m").await["achievement"], "completed");
    world.awards(7, 1, 1).await;
    let audit = world.admin.get("/audit?target=learner:7").await.unwrap();
    let entry = &audit["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"], &entry["reason"]),
        (&json!("fact.recorded"), &json!("user:1"), &json!("an equal course elsewhere"))
    );
    assert_eq!(entry["after"]["fact"]["evidence"], "https://example.com/transcript/7");

    let soon = Utc::now() + chrono::TimeDelta::seconds(3);
    vouch(&world, 8, "C", &json!({ "expires_at": soon })).await;
    assert_eq!(world.learner(8, "m").await["achievement"], "completed");
    world.until(8, "m", |found| found["completion"]["state"] == "revoked").await;
    world.awards(8, 1, 0).await;

    let before = world.stack.digest().await.unwrap();
    world.stack.run(&["rebuild"]).unwrap();
    assert_eq!(world.stack.digest().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_n_an_override_taken_back_leaves_what_the_learner_did() {
    let Some(world) = World::start().await else { return };
    world.author("n", json!({ "regression": "revocable" }), &items(&["C"])).await;
    for learner in [7, 8] {
        world.enrol("n", learner).await;
        vouch(&world, learner, "C", &Value::Null).await;
    }
    // Learner 7 does the work later, learner 8 never does.
    world.tell(&[passing(7, "C", Utc::now(), true)]).await;
    for learner in [7, 8] {
        world.awards(learner, 1, 1).await;
        vouch(&world, learner, "C", &json!({ "granted": false, "reason": "granted by mistake" })).await;
    }
    assert_eq!(world.learner(7, "n").await["completion"]["state"], "valid");
    assert_eq!(world.learner(8, "n").await["completion"]["state"], "revoked");
    world.awards(7, 1, 1).await;
    let revoked = world.awards(8, 1, 0).await;
    assert_eq!(revoked[0]["revocation_reason"], "override_withdrawn");
    until("both facts stay", async || {
        let facts = "SELECT count(*) FROM fact_journal WHERE learner_id = 7";
        anyhow::ensure!(world.stack.number("progress", facts).await? == 3);
        Ok(())
    })
    .await
    .unwrap();
}
