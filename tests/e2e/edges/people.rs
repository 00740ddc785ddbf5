//! Accounts that turn out to be one person's.

use serde_json::{Value, json};

use super::World;
use super::world::{days_ago, items, passing};

#[tokio::test(flavor = "multi_thread")]
async fn edge_o_merged_accounts_earn_together_and_only_once() {
    let Some(world) = World::start().await else { return };
    world.author("o", Value::Null, &items(&["C", "D"])).await;
    world.author("late", Value::Null, &items(&["C", "D", "E"])).await;
    world.author("done", Value::Null, &items(&["C"])).await;
    for name in ["o", "late"] {
        world.enrol(name, 8).await;
    }
    world.enrol("done", 7).await;
    world.tell(&[passing(7, "C", days_ago(5), true), passing(8, "D", days_ago(3), true)]).await;
    let first = world.awards(7, 1, 1).await;
    world.admin.post("/learners/7/merge", &json!({ "into": 8 })).await.unwrap();

    let together = world.until(8, "o", |found| found["achievement"] == "completed").await;
    let day = together["completed_at"].as_str().unwrap()[..10].to_owned();
    assert_eq!(day, days_ago(3).format("%Y-%m-%d").to_string(), "dated by the later fact");
    let done = world.learner(8, "done").await;
    assert_eq!(
        done["completion"]["completion_id"], first[0]["completion_id"],
        "earned before, and only once"
    );
    // Whatever comes late for the old account counts for the person.
    world.tell(&[passing(7, "E", days_ago(1), true)]).await;
    world.until(8, "late", |found| found["achievement"] == "completed").await;
    world.awards(8, 2, 2).await;
    world.awards(7, 1, 1).await;
    let count = async |query| world.stack.number("progress", query).await.unwrap();
    assert_eq!(count("SELECT count(*) FROM fact_journal WHERE learner_id = 7").await, 2);
    assert_eq!(count("SELECT count(DISTINCT completion_id) FROM completions").await, 3);
}
