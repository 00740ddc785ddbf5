//! How long awards are valid.

use chrono::{TimeDelta, Utc};
use lp_devstack::until;
use serde_json::json;

use super::World;
use super::world::{days_ago, items, passing, run};

#[tokio::test(flavor = "multi_thread")]
async fn edge_l_an_award_expires_and_work_of_the_next_period_renews_it() {
    let Some(world) = World::start().await else { return };
    let lasts = json!({ "for": { "period": { "days": 365 }, "renewed": "from_expiry" } });
    world.author("l", json!({ "validity": { "lasts": lasts } }), &items(&["C"])).await;
    for learner in [7, 8] {
        world.enrol("l", learner).await;
    }
    world.tell(&[passing(7, "C", days_ago(400), true), passing(8, "C", days_ago(30), true)]).await;
    let awards = world.awards(7, 1, 0).await;
    assert_eq!(awards[0]["status"], "expired");
    let expired = world.learner(7, "l").await;
    assert_eq!(
        (&expired["achievement"], &expired["completion"]["award"]["state"]),
        (&json!("completed"), &json!("expired")),
        "nothing is reset"
    );
    world.awards(8, 1, 1).await;
    // The period after has its own window: since the first award expired. The other learner's has not begun.
    world.tell(&[passing(7, "C", days_ago(20), true), passing(8, "C", days_ago(20), true)]).await;
    let awards = world.awards(7, 2, 1).await;
    assert_eq!(awards[1]["renews"], awards[0]["award_id"]);
    assert_eq!(awards[1]["period"], 2);
    let renewed = world.until(7, "l", |found| found["completion"]["award"]["period"] == 2).await;
    assert_eq!(renewed["completion"]["award"]["state"], "valid");
    assert_eq!(renewed["completed_at"], expired["completed_at"], "completed when it was");
    world.tell(&[passing(7, "C", days_ago(10), true)]).await;
    world.awards(7, 2, 1).await;
    world.awards(8, 1, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_x_an_award_may_be_available_later_than_the_path_is_completed() {
    let Some(world) = World::start().await else { return };
    let from = |ahead: TimeDelta| (Utc::now() + ahead).format("%Y-%m-%dT%H:%M:%S").to_string();
    for (name, ahead) in [("far", TimeDelta::days(300)), ("near", TimeDelta::seconds(20))] {
        let policy = json!({ "validity": { "available_from": from(ahead) } });
        world.author(name, policy, &items(&["C"])).await;
        world.enrol(name, 7).await;
    }
    world.tell(&[passing(7, "C", days_ago(1), true)]).await;
    for name in ["far", "near"] {
        assert_eq!(world.learner(7, name).await["achievement"], "completed", "{name}");
    }
    // The nearer one becomes valid by itself, and the world is told so.
    let awards = world.awards(7, 2, 1).await;
    let far = awards.iter().find(|award| award["run_key"] == run("far")).unwrap();
    assert_eq!(far["status"], "not_yet_valid");
    until("the nearer one is told to be valid", async || {
        let told = "SELECT count(*) FROM award_terms WHERE state = 'valid'";
        anyhow::ensure!(world.stack.number("credentials", told).await? == 1);
        Ok(())
    })
    .await
    .unwrap();
}
