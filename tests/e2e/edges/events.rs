//! Events in any order, any number of times, and all at once.

use serde_json::{Value, json};

use super::World;
use super::world::{days_ago, items, passing};

#[tokio::test(flavor = "multi_thread")]
async fn edge_s_order_and_repetition_change_nothing() {
    let Some(world) = World::start().await else { return };
    world.author("s", json!({ "regression": "revocable" }), &items(&["C"])).await;
    for learner in [7, 8] {
        world.enrol("s", learner).await;
    }
    // It was passed, lost, and passed again; then the same from the end to the beginning, each twice.
    let story = |learner| {
        [(5, true), (4, false), (3, true)].map(|(days, yes)| passing(learner, "C", days_ago(days), yes))
    };
    for message in story(7) {
        world.tell(&[message]).await;
    }
    let backwards: Vec<_> =
        story(8).into_iter().rev().flat_map(|message| [message.clone(), message]).collect();
    world.tell(&backwards).await;
    let (one, other) = (world.learner(7, "s").await, world.learner(8, "s").await);
    let day = |found: &Value| found["completed_at"].as_str().unwrap()[..10].to_owned();
    assert_eq!((&one["achievement"], day(&one)), (&other["achievement"], day(&other)));
    assert_eq!(day(&one), days_ago(3).format("%Y-%m-%d").to_string());
    // What was never so, seen from the end, was never told either.
    world.awards(7, 2, 1).await;
    world.awards(8, 1, 1).await;
    assert_eq!(world.stack.number("progress", "SELECT count(*) FROM fact_journal").await.unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_t_events_of_one_learner_at_once_complete_a_run_once() {
    const COURSES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
    let Some(mut world) = World::start().await else { return };
    world.author("t", Value::Null, &items(&COURSES)).await;
    for learner in 1..=50 {
        world.enrol("t", learner).await;
    }
    world.another_consumer();
    // A course's events share a partition; a learner's lie on all of them, with both consumers.
    let events: Vec<_> =
        (1..=50).flat_map(|learner| COURSES.map(|of| passing(learner, of, days_ago(1), true))).collect();
    world.tell(&events).await;
    for learner in [1, 50] {
        world.until(learner, "t", |found| found["achievement"] == "completed").await;
        world.awards(learner, 1, 1).await;
    }
    let count = async |query| world.stack.number("progress", query).await.unwrap();
    assert_eq!(count("SELECT count(*) FROM progress WHERE achievement = 2").await, 50);
    assert_eq!(count("SELECT count(*) FROM completions").await, 50);
}
