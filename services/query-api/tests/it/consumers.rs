//! How the consumers are doing, for operators.

use axum::body::Body;
use http_body_util::BodyExt as _;
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::access::router;

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn operators_see_places_counts_and_ages_and_no_content(pool: PgPool) {
    let script = "
        INSERT INTO consumer_offsets (topic, partition_id, next_offset, epoch, updated_at)
            VALUES ('grades', 1, 7, 1, '2026-01-01Z'), ('grades', 0, 12, 3, now());
        INSERT INTO quarantined_messages
            (topic, partition_id, message_offset, reason, detail, key, payload, headers, quarantined_at, replayed_at) VALUES
            ('grades', 0, 1, 'truncated', 'canary', 'canary', 'canary', '[[\"canary\", null]]', '2026-01-02Z', NULL),
            ('grades', 0, 2, 'truncated', 'canary', 'canary', 'canary', '[]', '2026-01-03Z', NULL),
            ('grades', 0, 3, 'truncated', 'canary', 'canary', 'canary', '[]', '2026-01-01Z', now()),
            ('grades', 0, 4, 'unknown_schema', 'canary', 'canary', 'canary', '[]', '2026-01-01Z', now());
        INSERT INTO outbox (event_id, event_type, topic, event_time, partition_key, body, parked_at, created_at) VALUES
            (gen_random_uuid(), 't', 'o', now(), 1, 'canary', NULL, '2026-01-04Z'),
            (gen_random_uuid(), 't', 'o', now(), 1, 'canary', now(), '2026-01-01Z');";
    sqlx::raw_sql(script).execute(&pool).await.unwrap();
    let request = Who::Operator.request("GET", "/api/v1/consumers").body(Body::empty()).unwrap();
    let body = router(&pool).oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    let health: Value = serde_json::from_str(&text).unwrap();
    let partitions = health["partitions"].as_array().unwrap();
    let places: Vec<_> =
        partitions.iter().map(|one| json!([one["topic"], one["partition"], one["next_offset"]])).collect();
    assert_eq!(places, [json!(["grades", 0, 12]), json!(["grades", 1, 7])]);
    assert_eq!(partitions[1]["moved_at"], "2026-01-01T00:00:00Z");
    assert!(partitions[1]["idle_seconds"].as_f64() > partitions[0]["idle_seconds"].as_f64());
    assert_eq!(
        health["quarantined"],
        json!([
            { "topic": "grades", "reason": "truncated", "waiting": 2, "settled": 1, "oldest_at": "2026-01-02T00:00:00Z",
              "newest_at": "2026-01-03T00:00:00Z" },
            { "topic": "grades", "reason": "unknown_schema", "waiting": 0, "settled": 1, "oldest_at": null,
              "newest_at": null },
        ])
    );
    let outbox = &health["outbox"];
    assert_eq!(
        json!([outbox["depth"], outbox["parked"], outbox["oldest_at"]]),
        json!([2, 1, "2026-01-04T00:00:00Z"])
    );
    assert!(outbox["oldest_age_seconds"].as_f64() > Some(0.0));
}
