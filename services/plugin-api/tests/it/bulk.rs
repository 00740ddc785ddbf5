//! Many people in many paths.

use lp_progress_store::audit::{self, Filter};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{DOTTED, INV, PUB, Service, User, seed};

const URI: &str = "enrollments/bulk-enroll/";

fn body(keys: &[&str], emails: &str) -> Value {
    json!({ "learning_paths": keys.join(","), "emails": emails, "reason": "new term", "org": "OX", "role": "Dean" })
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn people_are_enrolled_or_invited_and_counted(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    for key in [PUB, INV] {
        let ann = json!({ "username": "ann" });
        service.json(User::Staff, "POST", &format!("{key}/enrollments/"), &ann).await.is(201);
    }
    service.post(User::Bob, &format!("{PUB}/enrollments/")).await.is(201);
    let all = body(&[PUB, INV], "ann@x.org, BOB@x.org ,new@x.org,new@X.org,");
    let counts = |enrolled: u32, invited: u32| json!({ "enrollments_created": enrolled, "enrollment_allowed_created": invited, "skipped": [] });
    assert_eq!(service.json(User::Staff, "POST", URI, &all).await.is(201).json(), counts(1, 2));
    assert_eq!(service.json(User::Staff, "POST", URI, &all).await.is(201).json(), counts(0, 0));
    let mut conn = pool.acquire().await.unwrap();
    let target = Some(format!("enrolment:{INV}/4"));
    let log = audit::list(&mut conn, &Filter { target, ..Filter::default() }, 1).await.unwrap();
    assert_eq!(log[0].reason.as_deref(), Some("new term; org: OX; role: Dean"));
    assert_eq!(service.json(User::Staff, "DELETE", URI, &all).await.is(204).text, "");
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations WHERE state = 'open'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let active: i64 = sqlx::query_scalar("SELECT count(*) FROM enrolments WHERE state = 'active'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!((open, active), (0, 0));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_is_skipped_is_told(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let unknown = "path-v1:OX+NONE+2026+a";
    let answer =
        service.json(User::Staff, "POST", URI, &body(&[PUB, unknown, "x\u{1f980}"], "a@x.org,b")).await;
    let skipped = |path: Option<&str>, email: Option<&str>, reason: &str| json!({ "learning_path": path, "email": email, "reason": reason });
    assert_eq!(
        answer.is(201).json(),
        json!({
            "enrollments_created": 0, "enrollment_allowed_created": 1,
            "skipped": [
                skipped(Some(unknown), None, "no such learning path"),
                skipped(Some("x\u{1f980}"), None, "no such learning path"),
                skipped(None, Some("b"), "not an e-mail address"),
            ],
        })
    );
    let without_key = Service::of(&pool, None, None);
    let answer = without_key.json(User::Staff, "POST", URI, &body(&[PUB], "c@x.org")).await.is(201).json();
    let reason = answer["skipped"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("LP_CLAIMS_KEY"), "{reason}");
    for nothing in [json!({}), json!({ "emails": "a@x.org" }), json!({ "learning_paths": PUB })] {
        let answer = service.json(User::Staff, "POST", URI, &nothing).await.is(201).json();
        assert_eq!(
            answer,
            json!({ "enrollments_created": 0, "enrollment_allowed_created": 0, "skipped": [] })
        );
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn only_those_who_manage_and_only_what_they_manage(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let all = body(&[PUB, DOTTED], "ann@x.org");
    for who in [User::Ann, User::Auditor] {
        let refused = service.json(who, "POST", URI, &all).await;
        refused.says(403, "You do not have permission to perform this action.");
    }
    let answer = service.json(User::Manager, "POST", URI, &all).await.is(201).json();
    assert_eq!(
        (&answer["enrollments_created"], &answer["skipped"][0]["learning_path"]),
        (&json!(1), &json!(DOTTED))
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn too_many_pairs_are_a_job_of_the_admin_api(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let people = |count: usize| (0..count).map(|n| format!("p{n}@x.org")).collect::<Vec<_>>().join(",");
    let answer =
        service.json(User::Staff, "POST", URI, &body(&[PUB, INV], &people(501))).await.is(400).json();
    assert!(answer["detail"].as_str().unwrap().contains("/api/v1/jobs"));
    let answer =
        service.json(User::Staff, "POST", URI, &body(&[PUB, INV], &people(500))).await.is(201).json();
    assert_eq!(answer["enrollment_allowed_created"], 1_000);
}
