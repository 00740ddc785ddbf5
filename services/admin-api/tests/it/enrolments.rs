//! Learners in runs, one by one.

use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, manager};

fn at(more: &str) -> String {
    format!("/runs/{RUN}/enrolments{more}")
}

/// What is to be told of enrolments, in order.
async fn told(pool: &PgPool) -> Vec<String> {
    let query = "SELECT event_type FROM outbox WHERE event_type LIKE '%enrollment%' ORDER BY outbox_id";
    let types: Vec<String> = sqlx::query_scalar(query).fetch_all(pool).await.unwrap();
    types.iter().map(|name| name.rsplit('.').nth(1).unwrap().to_owned()).collect()
}

/// A learner whose names an event has told.
async fn named(pool: &PgPool, learner: i64, username: &str, email: &str) {
    sqlx::query(
        "INSERT INTO learner_profiles (learner_id, username, email, full_name, is_active, told_at, event_id)
         VALUES ($1, $2, $3, 'A name', true, now(), gen_random_uuid())",
    )
    .bind(learner)
    .bind(username)
    .bind(email)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_learner_is_enrolled_suspended_resumed_withdrawn_and_enrolled_again(pool: PgPool) {
    let manager = manager(&pool).await;
    let enrolled = manager.post(&at(""), json!({ "user_id": 42, "reason": "asked for it" })).await.is(201);
    assert_eq!(enrolled.headers["location"], format!("/api/v1{}", at("/42")));
    let body = enrolled.json();
    assert_eq!((&body["outcome"], &body["enrolment"]["state"]), (&json!("enrolled"), &json!("active")));
    assert_eq!(manager.post(&at(""), json!({ "user_id": 42 })).await.is(201).json()["outcome"], "unchanged");
    for (what, state) in [
        ("suspend", "suspended"),
        ("suspend", "suspended"),
        ("resume", "active"),
        ("withdraw", "withdrawn"),
        ("withdraw", "withdrawn"),
    ] {
        let now = manager.post(&at(&format!("/42/{what}")), Value::Null).await.is(200).json();
        assert_eq!(now["state"], state, "{what}");
    }
    manager.post(&at("/42/suspend"), Value::Null).await.is(409);
    let again = manager.post(&at(""), json!({ "user_id": 42, "attempt": "afresh" })).await.is(201).json();
    assert_eq!((&again["outcome"], &again["enrolment"]["attempt"]), (&json!("enrolled"), &json!(2)));
    let detail = manager.get(&at("/42")).await.is(200).json();
    let attempts: Vec<_> =
        detail["intervals"].as_array().unwrap().iter().map(|one| &one["attempt"]).collect();
    assert_eq!(attempts, [1, 1, 2]);
    assert!(detail["intervals"][1]["closed_at"].is_string() && detail["intervals"][2]["closed_at"].is_null());
    assert_eq!(
        told(&pool).await,
        ["created", "changed", "changed", "changed", "changed"],
        "only what changed"
    );
    let audit =
        manager.get(&format!("/audit?target=enrolment:{}/42", RUN.replace('+', "%2B"))).await.is(200).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 5);
    let first = &audit["items"][4];
    assert_eq!((&first["action"], &first["reason"]), (&json!("enrolment.created"), &json!("asked for it")));
    let listed = manager.get(&at("?state=active")).await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(manager.get(&at("?state=ended")).await.is(200).json()["items"], json!([]));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn whoever_asks_twice_with_one_key_enrols_once(pool: PgPool) {
    let manager = manager(&pool).await;
    let key = [("idempotency-key", "once")];
    let first = manager.ask("POST", &at(""), &key, json!({ "user_id": 42 })).await.is(201);
    manager.post(&at("/42/withdraw"), Value::Null).await.is(200);
    let second = manager.ask("POST", &at(""), &key, json!({ "user_id": 42 })).await.is(201);
    assert_eq!(first.text, second.text);
    assert_eq!(manager.get(&at("/42")).await.json()["state"], "withdrawn");
    manager.ask("POST", &at(""), &key, json!({ "user_id": 43 })).await.is(422);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_learner_is_found_by_any_name_in_any_case(pool: PgPool) {
    let manager = manager(&pool).await;
    named(&pool, 7, "Zoe", "Zoe@Example.com").await;
    named(&pool, 8, "twin", "twins@example.com").await;
    named(&pool, 9, "other_twin", "Twins@example.com").await;
    let by_name = manager.post(&at(""), json!({ "username": "zOE" })).await.is(201).json();
    assert_eq!(by_name["enrolment"]["user_id"], 7);
    let by_email = manager.post(&at(""), json!({ "email": " zoe@EXAMPLE.com" })).await.is(201).json();
    assert_eq!((&by_email["outcome"], &by_email["enrolment"]["user_id"]), (&json!("unchanged"), &json!(7)));
    manager.post(&at(""), json!({ "email": "twins@example.com" })).await.is(422);
    manager.post(&at(""), json!({ "username": "nobody" })).await.is(422);
    for wrong in [
        json!({}),
        json!({ "user_id": 7, "username": "zoe" }),
        json!({ "email": "zoe" }),
        json!({ "username": " " }),
        json!({ "username": "x".repeat(256) }),
    ] {
        manager.post(&at(""), wrong).await.is(422);
    }
    manager.post(&at(""), json!({ "user_id": 0 })).await.is(400);
    manager.post("/runs/path-v1:Org+N+none+open/enrolments", json!({ "user_id": 7 })).await.is(404);
    manager.get(&at("/100")).await.is(404);
}

/// Edge case y.
#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn whoever_has_no_account_is_invited_by_a_hash_alone(pool: PgPool) {
    let manager = manager(&pool).await;
    let invited = manager.post(&at(""), json!({ "email": "New@Example.com" })).await.is(201).json();
    assert_eq!((&invited["outcome"], &invited["enrolment"]), (&json!("invited"), &Value::Null));
    let again = manager.post(&at(""), json!({ "email": "new@example.COM" })).await.is(201).json();
    assert_eq!(
        (&again["outcome"], &again["invitation_id"]),
        (&json!("unchanged"), &invited["invitation_id"])
    );
    let open = manager.get(&format!("/runs/{RUN}/invitations")).await.is(200).json();
    assert_eq!(
        (&open["items"][0]["known_by"], &open["items"][0]["state"]),
        (&json!("email"), &json!("open"))
    );
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT i::text FROM invitations i UNION SELECT a::text FROM audit_log a")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert!(!kept.iter().any(|row| row.to_lowercase().contains("example")), "{kept:?}");
    let invitation = format!("/runs/{RUN}/invitations/{}", invited["invitation_id"].as_str().unwrap());
    manager.ask("DELETE", &invitation, &[], Value::Null).await.is(204);
    manager.ask("DELETE", &invitation, &[], Value::Null).await.is(404);
    let anew = manager.post(&at(""), json!({ "email": "new@example.com" })).await.is(201).json();
    assert_eq!(anew["outcome"], "invited");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_external_key_enrols_once_somebody_says_whose_it_is(pool: PgPool) {
    let manager = manager(&pool).await;
    let administrator = Client::new(&pool, Who::Administrator);
    let invited = manager.post(&at(""), json!({ "external_key": "S-1" })).await.is(201).json();
    assert_eq!(invited["outcome"], "invited");
    let link = json!({ "external_key": "S-1", "reason": "from the registrar" });
    administrator.ask("PUT", "/learners/77/external-key", &[], link.clone()).await.is(204);
    administrator.ask("PUT", "/learners/77/external-key", &[], link).await.is(204);
    assert_eq!(manager.get(&at("/77")).await.is(200).json()["state"], "active");
    let claimed = manager.get(&format!("/runs/{RUN}/invitations")).await.json();
    assert_eq!(
        (&claimed["items"][0]["state"], &claimed["items"][0]["user_id"]),
        (&json!("claimed"), &json!(77))
    );
    let again = manager.post(&at(""), json!({ "external_key": "S-1" })).await.is(201).json();
    assert_eq!((&again["outcome"], &again["enrolment"]["user_id"]), (&json!("unchanged"), &json!(77)));
    administrator.ask("PUT", "/learners/77/external-key", &[], json!({ "external_key": " " })).await.is(422);
}

/// Edge case c.
#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_archived_run_takes_nobody_new_and_keeps_its_learners(pool: PgPool) {
    let manager = manager(&pool).await;
    manager.post(&at(""), json!({ "user_id": 42 })).await.is(201);
    for archived in [format!("/runs/{RUN}"), "/paths/Org/N".to_owned()] {
        manager.post(&format!("{archived}/archive"), Value::Null).await.is(200);
        manager.post(&at(""), json!({ "user_id": 43 })).await.is(409);
        manager.post(&at(""), json!({ "email": "new@example.com" })).await.is(409);
        assert_eq!(
            manager.post(&at(""), json!({ "user_id": 42 })).await.is(201).json()["outcome"],
            "unchanged"
        );
        manager.post(&at("/42/suspend"), Value::Null).await.is(200);
        manager.post(&at("/42/resume"), Value::Null).await.is(200);
        manager.post(&format!("{archived}/restore"), Value::Null).await.is(200);
    }
    manager.post(&at(""), json!({ "user_id": 43 })).await.is(201);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn learners_enrol_themselves_where_the_path_is_open_to_everybody(pool: PgPool) {
    let manager = manager(&pool).await;
    let learner = Client::new(&pool, Who::Learner);
    learner.post(&at(""), json!({ "user_id": 42 })).await.is(403);
    assert_eq!(learner.post(&at("/me"), Value::Null).await.is(200).json()["user_id"], 42);
    assert_eq!(learner.get(&at("/42")).await.is(200).json()["state"], "active");
    assert_eq!(
        learner.ask("DELETE", &at("/me"), &[], Value::Null).await.is(200).json()["state"],
        "withdrawn"
    );
    learner.post("/runs/path-v1:Org+N+none+open/enrolments/me", Value::Null).await.is(404);
    let edit = async |details: Value| {
        let etag = manager.get("/paths/Org/N").await.etag();
        let edit = json!({ "details": details });
        manager.ask("PATCH", "/paths/Org/N", &[("if-match", &etag)], edit).await.is(200);
    };
    edit(json!({ "invite_only": true })).await;
    learner.post(&at("/me"), Value::Null).await.is(409);
    edit(json!({ "invite_only": false, "visibility": "private" })).await;
    learner.post(&at("/me"), Value::Null).await.is(404);
    manager.post(&at(""), json!({ "user_id": 42 })).await.is(201);
    assert_eq!(learner.post(&at("/me"), Value::Null).await.is(200).json()["state"], "active", "already in");
}
