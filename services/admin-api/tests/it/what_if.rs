//! What a change would do, before it is made.

use chrono::Utc;
use lp_domain::{Fact, FactValue, LearnerId, Timestamp};
use lp_progress_store::{Catalogue, FactTelling, Tellings, apply};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Answer, Client, RUN, definition, enrolled, manager};

/// Learners 1 to 700 in the run; the first three have passed course 1.
async fn learners(pool: &PgPool) {
    enrolled(pool, 1..=700).await;
    let (mut conn, mut catalogue) = (pool.acquire().await.unwrap(), Catalogue::default());
    let now = Timestamp::try_from(Utc::now()).unwrap();
    let id = |learner: i64| LearnerId::try_from(learner).unwrap();
    let facts = (1..=3).map(|learner| FactTelling {
        message: 0,
        fact: Fact {
            learner: id(learner),
            context: lp_domain::ContextKey::parse("course-v1:Org+C1+2026").unwrap(),
            at: now,
            id: Uuid::new_v4(),
            value: FactValue::Passing { passing: true },
        },
        traceparent: None,
    });
    let tellings = Tellings { facts: facts.collect(), ..Tellings::default() };
    apply(&mut conn, &mut catalogue, &tellings, now).await.unwrap();
}

async fn ask(manager: &Client, body: Value) -> Answer {
    manager.post(&format!("/runs/{RUN}/what-if"), body).await
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_preview_says_who_gains_and_changes_nothing(pool: PgPool) {
    let manager = manager(&pool).await;
    learners(&pool).await;
    let before = lp_progress_store::digest(&mut pool.acquire().await.unwrap()).await.unwrap();
    manager.draft(RUN, None, definition(&[1])).await.is(200);
    let seen = lines(&ask(&manager, json!({ "moves": "everybody" })).await.is(200));
    assert_eq!(seen[0], json!({ "total": 700 }));
    assert_eq!(seen.len(), 4, "two portions: {seen:?}");
    let affected = &seen[1]["progress"]["affected"];
    assert_eq!(affected.as_array().unwrap().len(), 3);
    assert_eq!(affected[0]["learner_id"], 1);
    assert_eq!(
        (&affected[0]["effect"], &affected[0]["after"]["achievement"]),
        (&json!("gains"), &json!("completed"))
    );
    assert_eq!(affected[0]["items"], json!([{ "item": "c2", "before": "not_started", "after": null }]));
    let done = &seen[3]["done"];
    assert_eq!(
        (&done["counts"]["learners"], &done["counts"]["gains"], &done["counts"]["same"]),
        (&json!(700), &json!(3), &json!(697))
    );
    assert_eq!(done["digest"].as_str().unwrap().len(), 64);
    assert_eq!(lp_progress_store::digest(&mut pool.acquire().await.unwrap()).await.unwrap(), before);

    let unmoved = lines(&ask(&manager, json!({})).await.is(200));
    assert_eq!(unmoved.last().unwrap()["done"]["counts"]["same"], 700, "a pinned run's stay where they are");
    let following = json!({ "policy": { "revision": "following" } });
    let following = lines(&ask(&manager, following).await.is(200));
    assert_eq!(following.last().unwrap()["done"]["counts"]["gains"], 3);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_cannot_be_previewed_is_refused(pool: PgPool) {
    let manager = manager(&pool).await;
    ask(&manager, json!({})).await.is(409);
    ask(&manager, json!({ "revision": 2 })).await.is(404);
    ask(&manager, json!({ "revision": 1, "definition": definition(&[1]) })).await.is(422);
    let refused = ask(&manager, json!({ "definition": { "items": [] } })).await.is(422);
    assert!(refused.json()["errors"].is_array());
    ask(&manager, json!({ "moves": "nobody" })).await.is(400);
    manager.post("/runs/path-v1:Org+N+none+open/what-if", json!({ "revision": 1 })).await.is(404);
    manager.post("/runs", json!({ "run_key": "path-v1:Org+N+new+open" })).await.is(201);
    let unpublished = "/runs/path-v1:Org+N+new+open/what-if";
    manager.post(unpublished, json!({ "definition": definition(&[1]) })).await.is(409);
    let nobody = lines(&ask(&manager, json!({ "revision": 1, "moves": { "revision": 7 } })).await.is(200));
    assert_eq!(nobody[0], json!({ "total": 0 }));
}
