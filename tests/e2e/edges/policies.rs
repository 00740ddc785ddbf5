//! What falls away after completion, by the policy of the run.

use chrono::Utc;
use lp_devstack::lms::Writer;
use serde_json::json;
use uuid::Uuid;

use super::World;
use super::world::{all_of, course, days_ago, item, items, passing, run};

#[tokio::test(flavor = "multi_thread")]
async fn edge_g_a_grade_that_drops_after_completion_does_what_the_policy_says() {
    let Some(world) = World::start().await else { return };
    let runs = [
        ("sticky", json!("sticky"), "valid"),
        ("revocable", json!("revocable"), "revoked"),
        ("grace", json!({ "grace": { "days": 7 } }), "grace"),
        ("review", json!("review"), "under_review"),
    ];
    let definition = all_of(&[item("C", &json!({ "criterion": { "grade": 0.6 } }))]);
    for (name, regression, _) in &runs {
        world.author(name, json!({ "regression": regression }), &definition).await;
        world.enrol(name, 7).await;
    }
    let grade = |days, grade| {
        Writer { learner: 7 }.grade(Uuid::now_v7(), days_ago(days), &course("C"), grade, days_ago(days))
    };
    world.tell(&[grade(3, 0.8)]).await;
    world.awards(7, 4, 4).await;
    world.tell(&[grade(2, 0.4)]).await;
    for (name, _, state) in &runs {
        assert_eq!(world.learner(7, name).await["completion"]["state"], *state, "{name}");
    }
    let awards = world.awards(7, 4, 1).await;
    for (name, _, state) in &runs {
        let award = awards.iter().find(|award| award["run_key"] == run(name)).unwrap();
        assert_eq!(award["status"], *state, "{name}");
    }
    // Also where nothing follows, the world is told that the requirement is not met.
    let told = world.stack.number("credentials", "SELECT count(*) FROM award_terms").await.unwrap();
    assert_eq!(told, 3, "the fourth is told as revoked");
    // Regained in time, nothing was ever lost.
    world.tell(&[grade(1, 0.9)]).await;
    for name in ["sticky", "grace", "review"] {
        assert_eq!(world.learner(7, name).await["completion"]["state"], "valid", "{name}");
    }
    world.awards(7, 5, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_h_a_revoked_certificate_takes_nothing_while_another_one_serves() {
    let Some(world) = World::start().await else { return };
    let either = json!({ "criterion": "certificate", "equivalents": [course("D")] });
    world.author("h", json!({ "regression": "revocable" }), &all_of(&[item("C", &either)])).await;
    world.enrol("h", 7).await;
    let certificate = |of: &str, days, held| {
        Writer { learner: 7 }.certificate(Uuid::now_v7(), days_ago(days), &course(of), held)
    };
    world.tell(&[certificate("C", 5, true), certificate("D", 4, true), certificate("C", 3, false)]).await;
    let kept = world.learner(7, "h").await;
    assert_eq!(kept["completion"]["state"], "valid");
    assert_eq!(kept["items"][0]["satisfied_by"], course("D"));
    world.awards(7, 1, 1).await;
    world.tell(&[certificate("D", 2, false)]).await;
    assert_eq!(world.learner(7, "h").await["completion"]["state"], "revoked", "nothing serves any more");
    world.awards(7, 1, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_z_what_is_earned_again_after_a_revocation_is_another_award() {
    let Some(world) = World::start().await else { return };
    world.author("z", json!({ "regression": "revocable" }), &items(&["C"])).await;
    world.enrol("z", 7).await;
    for (days, passes) in [(5, true), (4, false), (3, true)] {
        world.tell(&[passing(7, "C", days_ago(days), passes)]).await;
    }
    let awards = world.awards(7, 2, 1).await;
    assert_eq!((&awards[0]["status"], &awards[1]["status"]), (&json!("revoked"), &json!("valid")));
    assert_ne!(awards[0]["award_id"], awards[1]["award_id"]);
    assert_eq!(awards[1]["supersedes"], awards[0]["award_id"]);
    world.tell(&[passing(7, "C", Utc::now(), true)]).await;
    world.awards(7, 2, 1).await;
}
