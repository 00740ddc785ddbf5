//! Drafts and revisions.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{RUN, definition, manager};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_draft_is_kept_while_it_is_wrong_and_published_once_it_is_not(pool: PgPool) {
    let manager = manager(&pool).await;
    let wrong =
        json!({ "items": [{ "id": "a", "key": "no key", "title": "A" }], "requirement": { "all_of": [] } });
    let kept = manager.draft(RUN, None, wrong.clone()).await.is(200);
    assert_eq!(kept.json()["definition"], wrong);
    let problems = kept.json()["problems"].clone();
    assert_eq!(problems[0]["pointer"], "/items/0");
    assert_eq!(manager.get(&format!("/runs/{RUN}/draft")).await.is(200).json(), kept.json());
    let validated = manager.post("/definitions/validate", json!({ "definition": wrong })).await.is(200);
    assert_eq!(validated.json()["problems"], problems);
    let refused = manager.publish(RUN, &kept.etag()).await.is(422);
    assert_eq!(refused.json()["errors"], problems);
    manager.get(&format!("/runs/{RUN}/draft/difference")).await.is(422);

    let right = manager.draft(RUN, Some(&kept.etag()), definition(&[1, 3])).await.is(200);
    assert_eq!(right.json()["problems"], json!([]));
    let difference = manager.get(&format!("/runs/{RUN}/draft/difference")).await.is(200).json();
    assert_eq!(difference["added"][0]["id"], "c3");
    let published = manager.publish(RUN, &right.etag()).await.is(201);
    assert_eq!(published.json(), json!({ "revision": 2 }));
    assert_eq!(published.headers["location"], format!("/api/v1/runs/{RUN}/revisions/2"));
    manager.get(&format!("/runs/{RUN}/draft")).await.is(404);

    let revisions = manager.get(&format!("/runs/{RUN}/revisions?limit=1")).await.is(200).json();
    assert_eq!(revisions["items"][0]["revision"], 2);
    let next = revisions["next"].as_str().unwrap();
    let older = manager.get(&format!("/runs/{RUN}/revisions?cursor={next}")).await.is(200).json();
    assert_eq!(older["items"][0]["revision"], 1);
    let first = manager.get(&format!("/runs/{RUN}/revisions/1")).await.is(200).json();
    assert_eq!(first["definition"], definition(&[1, 2]), "what is published never changes");
    let of_both = manager.get(&format!("/runs/{RUN}/revisions/2/difference")).await.is(200).json();
    assert_eq!(of_both, difference);
    let of_itself = manager.get(&format!("/runs/{RUN}/revisions/2/difference?from=2")).await.is(200).json();
    assert_eq!(of_itself["added"], json!([]));
    manager.get(&format!("/runs/{RUN}/revisions/3")).await.is(404);
    manager.get(&format!("/runs/{RUN}/revisions/1/difference")).await.is(404);

    let same = manager.draft(RUN, None, definition(&[1, 3])).await.is(200);
    manager.publish(RUN, &same.etag()).await.is(409);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn two_administrators_on_one_draft_lose_no_edit(pool: PgPool) {
    let manager = manager(&pool).await;
    let uri = format!("/runs/{RUN}/draft");
    let body = json!({ "definition": definition(&[1]) });
    manager.ask("PUT", &uri, &[], body.clone()).await.is(428);
    manager.ask("PUT", &uri, &[("if-match", "\"1\""), ("if-none-match", "*")], body).await.is(428);
    let (one, other) =
        tokio::join!(manager.draft(RUN, None, definition(&[3])), manager.draft(RUN, None, definition(&[4])),);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "one of two first drafts is the first");
    let read = manager.get(&uri).await.is(200).etag();
    let (one, other) =
        tokio::join!(manager.draft(RUN, Some(&read), definition(&[5])), manager.publish(RUN, &read),);
    assert!(
        [(200, 412), (412, 201)].contains(&(one.status, other.status)),
        "either the edit or the publication: {} {}",
        one.status,
        other.status
    );
    manager.ask("DELETE", &uri, &[("if-match", &read)], Value::Null).await.is(412);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_draft_is_thrown_away_and_stays_in_the_audit_log(pool: PgPool) {
    let manager = manager(&pool).await;
    let uri = format!("/runs/{RUN}/draft");
    let draft = manager.draft(RUN, None, definition(&[7])).await.is(200);
    manager.ask("DELETE", &uri, &[("if-match", &draft.etag())], Value::Null).await.is(204);
    manager.get(&uri).await.is(404);
    let log = manager.get(&format!("/audit?target=run:{}&limit=1", RUN.replace('+', "%2B"))).await.is(200);
    assert_eq!(log.json()["items"][0]["action"], "draft.deleted");
    assert_eq!(log.json()["items"][0]["before"], definition(&[7]));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_large_definition_is_taken_and_one_too_large_is_not(pool: PgPool) {
    let manager = manager(&pool).await;
    let courses: Vec<u32> = (0..2_000).collect();
    let large = manager.draft(RUN, None, definition(&courses)).await.is(200);
    assert_eq!(large.json()["problems"], json!([]));
    let too_large = json!({ "items": [], "requirement": "x".repeat(3 << 20) });
    manager.draft(RUN, Some(&large.etag()), too_large).await.is(413);
}
