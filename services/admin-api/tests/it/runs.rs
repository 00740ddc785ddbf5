//! Path runs.

use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, definition, manager};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_run_is_made_for_a_path_that_is_there(pool: PgPool) {
    let manager = Client::new(&pool, Who::Manager);
    manager.post("/runs", json!({ "run_key": RUN })).await.is(404);
    manager.post("/paths", json!({ "org": "Org", "number": "N", "title": "A path" })).await.is(201);
    let policy = json!({ "revision": "following", "regression": { "grace": { "days": 14 } } });
    let made = manager.post("/runs", json!({ "run_key": RUN, "policy": policy })).await.is(201);
    assert_eq!(made.headers["location"], format!("/api/v1/runs/{RUN}"));
    assert_eq!(made.json()["revision"], 0);
    assert_eq!(made.json()["policy"]["prior_work"], "any_time");
    manager.post("/runs", json!({ "run_key": RUN })).await.is(409);
    manager.post("/runs", json!({ "run_key": "course-v1:Org+N+R" })).await.is(400);

    let uri = format!("/runs/{RUN}");
    let edit = json!({ "policy": { "revision": "following" }, "reason": "no more grace" });
    let edited = manager.ask("PATCH", &uri, &[("if-match", &made.etag())], edit.clone()).await.is(200);
    assert_eq!(edited.json()["policy"]["regression"], "sticky");
    manager.ask("PATCH", &uri, &[("if-match", &made.etag())], edit).await.is(412);
    let archived = manager.post(&format!("{uri}/archive"), Value::Null).await.is(200);
    assert!(archived.json()["archived_at"].is_string());
    manager.post(&format!("{uri}/restore"), Value::Null).await.is(200);
    manager.post("/runs/path-v1:Org+N+none+open/archive", Value::Null).await.is(404);
    manager.get("/runs/path-v1:Org+N+none+open").await.is(404);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_run_has_dates_in_its_zone_and_every_wrong_one_is_told(pool: PgPool) {
    let manager = Client::new(&pool, Who::Manager);
    manager.post("/paths", json!({ "org": "Org", "number": "N", "title": "A path" })).await.is(201);
    let wrong = json!({ "time_zone": "Europe/Paris", "closes": "2026-06-30", "enrolment_opens": "2026-07-01",
        "due": { "after": { "days": 0 } } });
    let refused = manager.post("/runs", json!({ "run_key": RUN, "schedule": wrong })).await.is(422);
    let errors = refused.json()["errors"].clone();
    let pointers: Vec<&str> =
        errors.as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/schedule/enrolment_opens", "/schedule/due/after"]);
    manager.get(&format!("/runs/{RUN}")).await.is(404);
    let wrong = json!({ "validity": { "lasts": { "until_each": { "month": 2, "day": 30 } } } });
    let refused = manager.post("/runs", json!({ "run_key": RUN, "policy": wrong })).await.is(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/policy/validity/lasts/until_each");
    let nowhere = json!({ "run_key": RUN, "schedule": { "time_zone": "Europe/Nowhere" } });
    manager.post("/runs", nowhere).await.is(400);

    let dates = json!({ "time_zone": "Europe/Paris", "enrolment_closes": "2026-03-31T18:00", "closes": "2026-12-31",
        "due": { "on": "2026-06-30" }, "due_soon_days": 10 });
    let made = manager.post("/runs", json!({ "run_key": RUN, "schedule": dates })).await.is(201);
    assert_eq!(made.json()["schedule"], dates);
    let uri = format!("/runs/{RUN}");
    let policy = json!({ "policy": { "regression": "review" } });
    let edited = manager.ask("PATCH", &uri, &[("if-match", &made.etag())], policy).await.is(200);
    assert_eq!(edited.json()["schedule"], dates, "what is not given stays");
    let later = json!({ "schedule": { "closes": "2027-12-31" } });
    manager.ask("PATCH", &uri, &[("if-match", &made.etag())], later.clone()).await.is(412);
    let edited = manager.ask("PATCH", &uri, &[("if-match", &edited.etag())], later).await.is(200);
    let expected = json!({ "time_zone": "UTC", "closes": "2027-12-31", "due_soon_days": 7 });
    assert_eq!(edited.json()["schedule"], expected);
    assert_eq!(edited.json()["policy"]["regression"], "review");
    let audit = manager.get(&format!("/audit?target=run:{}", RUN.replace('+', "%2B"))).await.is(200).json();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(
        actions,
        ["run.schedule_changed", "run.policy_changed", "run.schedule_changed", "run.created"]
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_clone_has_the_policy_and_a_draft_in_which_contexts_are_replaced(pool: PgPool) {
    let manager = manager(&pool).await;
    let clone = async |replace: Value| {
        let body = json!({ "run_key": "path-v1:Org+N+2027+open", "replace": replace });
        manager.post(&format!("/runs/{RUN}/clone"), body).await
    };
    let refused = clone(json!({ "course-v1:Org+C9+2026": "course-v1:Org+C9+2027" })).await.is(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/replace/course-v1:Org+C9+2026");
    clone(json!({ "course-v1:Org+C1+2026": "course-v1:Org+C1+2027" })).await.is(201);
    let draft = manager.get("/runs/path-v1:Org+N+2027+open/draft").await.is(200);
    let mut expected = definition(&[1, 2]);
    expected["items"][0]["key"] = "course-v1:Org+C1+2027".into();
    assert_eq!(draft.json()["definition"], expected);
    assert_eq!(draft.json()["problems"], json!([]));
    manager.publish("path-v1:Org+N+2027+open", &draft.etag()).await.is(201);

    // Sent again with its key it is answered again, whatever became of the run that was cloned.
    let body = json!({ "run_key": "path-v1:Org+N+2029+open",
        "replace": { "course-v1:Org+C1+2026": "course-v1:Org+C1+2029" } });
    let uri = format!("/runs/{RUN}/clone");
    let again = async || manager.ask("POST", &uri, &[("idempotency-key", "k")], body.clone()).await;
    let first = again().await.is(201);
    let draft = manager.draft(RUN, None, definition(&[2])).await.is(200).etag();
    manager.publish(RUN, &draft).await.is(201);
    assert_eq!(again().await.is(201).text, first.text);

    manager.post("/runs", json!({ "run_key": "path-v1:Org+N+empty+open" })).await.is(201);
    let body = json!({ "run_key": "path-v1:Org+N+2028+open" });
    manager.post("/runs/path-v1:Org+N+empty+open/clone", body.clone()).await.is(409);
    manager.post("/runs/path-v1:Org+N+none+open/clone", body).await.is(404);
    // A clone into another organisation is a change there.
    let elsewhere = json!({ "run_key": "path-v1:Other+N+2027+open" });
    manager.post(&format!("/runs/{RUN}/clone"), elsewhere).await.is(403);
}
