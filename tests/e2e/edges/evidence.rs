//! What counts as what.

use lp_devstack::lms::{Message, Writer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::world::{all_of, course, days_ago, item, items, passing};

#[tokio::test(flavor = "multi_thread")]
async fn edge_i_one_fact_counts_in_every_run_that_holds_its_course() {
    let Some(world) = World::start().await else { return };
    for (name, courses) in [("i1", &["C"][..]), ("i2", &["C", "D"]), ("i3", &["D"])] {
        world.author(name, Value::Null, &items(courses)).await;
        world.enrol(name, 7).await;
    }
    world.tell(&[passing(7, "C", days_ago(1), true)]).await;
    for (name, progress) in [("i1", 1.0), ("i2", 0.5), ("i3", 0.0)] {
        assert_eq!(world.learner(7, name).await["progress"], progress, "{name}");
    }
    world.awards(7, 1, 1).await;
    assert_eq!(world.stack.number("progress", "SELECT count(*) FROM fact_journal").await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_i_between_exclusive_runs_nothing_counts_twice() {
    let Some(world) = World::start().await else { return };
    for (name, courses) in [("first", &["C", "D"]), ("second", &["D", "E"])] {
        world.author(name, json!({ "exclusive_group": "one-of-them" }), &items(courses)).await;
        world.enrol(name, 7).await;
    }
    world.tell(&["C", "D", "E"].map(|of| passing(7, of, days_ago(1), true))).await;
    let awards = world.awards(7, 1, 1).await;
    assert!(awards[0]["run_key"].as_str().unwrap().contains("first"));
    let second = world.learner(7, "second").await;
    assert_eq!(
        (&second["achievement"], &second["items"][0]["satisfied_by"]),
        (&json!("in_progress"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_k_an_equivalent_serves_and_the_verdict_says_which() {
    let Some(world) = World::start().await else { return };
    let other = "course-v1:Elsewhere+C+2025";
    let either = json!({ "equivalents": [other, course("D")] });
    world.author("k", Value::Null, &all_of(&[item("C", &either)])).await;
    for learner in [7, 8] {
        world.enrol("k", learner).await;
    }
    let elsewhere = Writer { learner: 7 }.passing(Uuid::now_v7(), days_ago(3), other, true);
    world.tell(&[elsewhere, passing(7, "C", days_ago(1), true), passing(8, "D", days_ago(1), true)]).await;
    for (learner, served) in [(7, other), (8, &course("D"))] {
        let found = world.learner(learner, "k").await;
        assert_eq!(
            (&found["achievement"], &found["items"][0]["satisfied_by"]),
            (&json!("completed"), &json!(served))
        );
    }
    let award = world.awards(7, 1, 1).await;
    assert_eq!(award[0]["contexts"], json!([other]), "the first that served");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_w_a_course_that_is_gone_takes_nothing_and_says_why_there_is_nothing_to_do() {
    let Some(world) = World::start().await else { return };
    world.author("w", Value::Null, &items(&["C", "D"])).await;
    for learner in [7, 8] {
        world.enrol("w", learner).await;
    }
    let passed = ["C", "D"].map(|of| passing(7, of, days_ago(2), true));
    world.tell(&[passed.to_vec(), vec![passing(8, "D", days_ago(1), true)]].concat()).await;
    world.awards(7, 1, 1).await;
    let place = format!("/contexts/{}/unavailability", course("C"));
    let said = json!({ "reason": "the course was taken down" }).to_string();
    world.admin.text("PUT", &place, &said).await.unwrap();
    let (done, stuck) = (world.learner(7, "w").await, world.learner(8, "w").await);
    assert_eq!(
        (&done["achievement"], &done["items"][0]["satisfied_by"]),
        (&json!("completed"), &json!(course("C")))
    );
    assert_eq!(stuck["items"][0]["unavailable"]["reason"], "the course was taken down");
    assert_eq!(stuck["items"][1]["unavailable"], Value::Null);
    world.awards(7, 1, 1).await;
    let alert = world.admin.get("/contexts/unavailable").await.unwrap()["items"][0].clone();
    assert_eq!((&alert["runs"][0]["have"], &alert["runs"][0]["lack"]), (&json!(1), &json!(1)), "{alert}");
    world.admin.text("DELETE", &place, "").await.unwrap();
    assert_eq!(world.learner(8, "w").await["items"][0]["unavailable"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_r_achievement_progress_and_grade_are_three_things() {
    let Some(world) = World::start().await else { return };
    let weighted = [item("C", &json!({ "weight": 3 })), item("D", &Value::Null)];
    world.author("r", Value::Null, &all_of(&weighted)).await;
    world.enrol("r", 7).await;
    let three = async || {
        let found = world.learner(7, "r").await;
        (found["achievement"].clone(), found["progress"].clone(), found["grade"].clone())
    };
    assert_eq!(three().await, (json!("not_started"), json!(0.0), Value::Null), "unknown is not 0");
    world.tell(&[passing(7, "C", days_ago(3), true)]).await;
    assert_eq!(three().await, (json!("in_progress"), json!(0.75), Value::Null));
    let grade = Writer { learner: 7 }.grade(Uuid::now_v7(), days_ago(2), &course("C"), 0.5, days_ago(3));
    world.tell(&[grade]).await;
    assert_eq!(three().await, (json!("in_progress"), json!(0.75), json!(0.5)));
    world.tell(&[passing(7, "D", days_ago(1), true)]).await;
    assert_eq!(three().await, (json!("completed"), json!(1.0), json!(0.5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_v_a_mode_that_is_required_may_come_later() {
    let Some(world) = World::start().await else { return };
    world.author("v", Value::Null, &all_of(&[item("C", &json!({ "mode": "verified" }))])).await;
    world.enrol("v", 7).await;
    let in_mode = |days, mode: &str| -> Message {
        let mut message = Writer { learner: 7 }.enrolment(Uuid::now_v7(), days_ago(days), &course("C"), true);
        message.datum["enrollment"]["mode"] = json!(mode);
        message
    };
    world.tell(&[in_mode(5, "audit"), passing(7, "C", days_ago(4), true)]).await;
    assert_eq!(world.learner(7, "v").await["achievement"], "in_progress", "passed, but as an auditor");
    world.tell(&[in_mode(2, "verified")]).await;
    assert_eq!(world.learner(7, "v").await["achievement"], "completed");
    let award = world.awards(7, 1, 1).await;
    let day = days_ago(2).format("%Y-%m-%d").to_string();
    assert!(award[0]["completed_at"].as_str().unwrap().starts_with(&day), "when both were so: {award:?}");
}
