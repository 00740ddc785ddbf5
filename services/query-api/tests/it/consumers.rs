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

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn operators_see_what_the_last_check_of_each_run_found(pool: PgPool) {
    let script = "
        INSERT INTO paths (org, number, title, details) VALUES ('Org', 'N', 'T', '{}');
        INSERT INTO runs (run_key, path_id, policy, latest_revision)
            SELECT key, path_id, '{}', 1 FROM paths, unnest(ARRAY['one', 'other', 'none']) AS n (key);
        INSERT INTO gap_checks (check_id, run_id, state, settle_seconds, actor, outcomes, ended_at)
            SELECT ('00000000-0000-0000-0000-00000000000' || number)::uuid, run_id, state, 0, 'canary', found::json,
                ended::timestamptz
            FROM (VALUES ('one', 1, 'done', '{\"same\": 9}', '2026-01-01Z'),
                ('one', 2, 'done', '{\"same\": 5, \"different\": 2, \"moving\": 1}', '2026-01-02Z'),
                ('one', 3, 'cancelled', '{\"cancelled\": 8}', '2026-01-03Z'), ('one', 4, 'running', NULL, NULL),
                ('other', 5, 'done', '{}', '2026-01-04Z'), ('none', 6, 'waiting', NULL, NULL)
            ) AS c (key, number, state, found, ended) JOIN runs ON run_key = key;
        INSERT INTO gap_findings (learner_id, check_id, context_key, kind, told, seen_at, outcome, fact_id)
            SELECT learner, '00000000-0000-0000-0000-000000000002', 'canary', kind, '{}', now(), outcome,
                CASE outcome WHEN 'healed' THEN gen_random_uuid() END
            FROM (VALUES (1, 'grade', 'healed'), (2, 'grade', 'overtaken'), (2, 'passing', NULL)) AS f (learner, kind, outcome);";
    sqlx::raw_sql(script).execute(&pool).await.unwrap();
    let request = Who::Operator.request("GET", "/api/v1/consumers").body(Body::empty()).unwrap();
    let body = router(&pool).oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    let health: Value = serde_json::from_str(&text).unwrap();
    let id = |n: u32| format!("00000000-0000-0000-0000-00000000000{n}");
    assert_eq!(
        health["gap_checks"],
        json!([
            { "run_key": "other", "check_id": id(5), "ended_at": "2026-01-04T00:00:00Z", "compared": 0, "gaps": {} },
            { "run_key": "one", "check_id": id(2), "ended_at": "2026-01-02T00:00:00Z", "compared": 7,
              "gaps": { "grade": { "found": 2, "healed": 1 }, "passing": { "found": 1, "healed": 0 } } },
        ])
    );
}
