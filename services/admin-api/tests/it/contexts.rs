//! Contexts that are gone at their source.

use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, enrolled, manager};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn who_needs_a_context_that_is_gone_is_counted_and_so_is_who_has_it(pool: PgPool) {
    let manager = manager(&pool).await;
    enrolled(&pool, [7, 8, 9]).await;
    let vouch = json!({ "context_key": "course-v1:Org+C1+2026", "reason": "seen" });
    manager.post("/learners/7/overrides", vouch).await.is(201);
    let place = "/contexts/course-v1:Org+C1+2026/unavailability";
    let say = async |reason: &str| manager.ask("PUT", place, &[], json!({ "reason": reason })).await;
    for _ in 0..2 {
        say("the course was taken down").await.is(204);
    }
    let gone = async || manager.get("/contexts/unavailable").await.is(200).json()["items"].clone();
    let items = gone().await;
    assert_eq!(items[0]["context_key"], "course-v1:Org+C1+2026");
    assert_eq!(items[0]["reason"], "the course was taken down");
    assert_eq!(items[0]["runs"], json!([{ "run_key": RUN, "have": 1, "lack": 2 }]));
    let since = items[0]["since"].clone();
    say("it is offered elsewhere").await.is(204);
    assert_ne!(gone().await[0]["since"], since);
    // Who manages another organisation's paths neither says so nor sees it.
    let other = Client::new(&pool, Who::OtherManager);
    assert_eq!(other.get("/contexts/unavailable").await.is(200).json()["items"], json!([]));
    other.ask("PUT", place, &[], json!({ "reason": "x" })).await.is(403);
    say(" ").await.is(422);
    say(&"x".repeat(1001)).await.is(422);
    manager.ask("PUT", "/contexts/nothing/unavailability", &[], json!({ "reason": "x" })).await.is(400);

    manager.ask("DELETE", place, &[], Value::Null).await.is(204);
    manager.ask("DELETE", place, &[], Value::Null).await.is(404);
    assert_eq!(gone().await, json!([]));
    let written: Vec<String> =
        sqlx::query_scalar("SELECT action FROM audit_log WHERE target LIKE 'context:%' ORDER BY audit_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(written, ["context.unavailable", "context.unavailable", "context.available"]);
}
