//! Learners who leave and come back, in paths and in courses.

use chrono::Utc;
use lp_devstack::lms::Writer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::world::{course, days_ago, items, passing, run};

#[tokio::test(flavor = "multi_thread")]
async fn edge_e_whoever_comes_back_goes_on_or_begins_anew_and_both_are_seen() {
    let Some(world) = World::start().await else { return };
    world.author("e", json!({ "prior_work": "after_enrolment" }), &items(&["C", "D"])).await;
    let place = format!("/runs/{}/enrolments", run("e"));
    for learner in [7, 8] {
        world.enrol("e", learner).await;
    }
    let now = |learner, of| passing(learner, of, Utc::now(), true);
    world.tell(&[now(7, "C"), now(8, "C"), now(8, "D")]).await;
    world.awards(8, 1, 1).await;
    for learner in [7, 8] {
        world.admin.post(&format!("{place}/{learner}/withdraw"), &json!({})).await.unwrap();
    }
    world.enrol("e", 7).await;
    let resumed = world.learner(7, "e").await;
    assert_eq!((&resumed["enrolment"]["attempt"], &resumed["progress"]), (&json!(1), &json!(0.5)));

    world.admin.post(&place, &json!({ "user_id": 8, "attempt": "afresh" })).await.unwrap();
    let afresh = world.learner(8, "e").await;
    assert_eq!((&afresh["enrolment"]["attempt"], &afresh["achievement"]), (&json!(2), &json!("not_started")));
    world.tell(&[now(8, "C"), now(8, "D")]).await;
    let awards = world.awards(8, 2, 2).await;
    assert_eq!((&awards[0]["attempt"], &awards[1]["attempt"]), (&json!(1), &json!(2)));
    let intervals = world.admin.get(&format!("{place}/8")).await.unwrap()["intervals"].clone();
    assert_eq!(intervals.as_array().unwrap().len(), 2, "{intervals}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_f_leaving_a_course_takes_no_credit_away() {
    let Some(world) = World::start().await else { return };
    world.author("f", json!({ "regression": "revocable" }), &items(&["C", "D"])).await;
    world.enrol("f", 7).await;
    let of_course = |of: &str, days, active| {
        Writer { learner: 7 }.enrolment(Uuid::now_v7(), days_ago(days), &course(of), active)
    };
    world.tell(&[passing(7, "C", days_ago(3), true), of_course("D", 3, true)]).await;
    let before = world.learner(7, "f").await;
    assert_eq!(before["items"][1]["achievement"], "in_progress");
    world.tell(&[of_course("C", 2, false), of_course("D", 2, false)]).await;
    let after = world.learner(7, "f").await;
    assert_eq!((&after["items"][0]["achievement"], &after["progress"]), (&json!("completed"), &json!(0.5)));
    assert_eq!(after["items"][1]["achievement"], "not_started");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_j_what_was_done_before_enrolling_counts_as_the_run_says() {
    let Some(world) = World::start().await else { return };
    world.tell(&[passing(7, "C", days_ago(100), true)]).await;
    let since = |days| json!({ "prior_work": { "since": days_ago(days) } });
    for (name, policy, counts) in [
        ("any", Value::Null, true),
        ("since", since(99), false),
        ("before", since(101), true),
        ("months", json!({ "prior_work": { "within_months": 4 } }), true),
        ("month", json!({ "prior_work": { "within_months": 1 } }), false),
        ("after", json!({ "prior_work": "after_enrolment" }), false),
    ] {
        world.author(name, policy, &items(&["C"])).await;
        world.enrol(name, 7).await;
        let found = world.learner(7, name).await;
        assert_eq!(found["achievement"] == "completed", counts, "{name}: {found}");
    }
    let awards = world.awards(7, 3, 3).await;
    let day = days_ago(100).format("%Y-%m-%d").to_string();
    let dated = |award: &Value| award["completed_at"].as_str().unwrap().starts_with(&day);
    assert!(awards.iter().all(dated), "by the date of the fact: {awards:?}");
}
