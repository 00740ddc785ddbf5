//! How a credential stands and until when, as its completion and its learner do.

use lp_credentials::issuing::Done;
use lp_credentials_store::{Completion, Retirement, Tellings};
use lp_domain::AwardState;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::{World, definition, profile};
use crate::http::{at, completed};

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_credential_stands_as_its_completion_does(pool: PgPool) {
    let world = World::defined(pool).await;
    let (first, doubtful) = (completed(42, 1), completed(43, 2));
    // Taken back before it was told of; and in doubt.
    let early = completed(44, 3);
    world.revoke(&early).await;
    world.stands(&doubtful, 1, AwardState::UnderReview, None).await;
    world.complete(vec![first.clone(), doubtful.clone(), early]).await;
    assert_eq!(world.issue().await.issued, 1);
    assert!(world.credentials(44).await.is_empty() && world.credentials(43).await.is_empty(), "held");
    world.stands(&doubtful, 2, AwardState::Valid, None).await;
    assert_eq!(world.issue().await.issued, 1);

    let badge = world.shown(&world.only(42).await).await.unwrap();
    for (change, award, status, bits) in [
        (1, AwardState::Grace, "suspended", [false, true]),
        (2, AwardState::Valid, "valid", [false, false]),
        (3, AwardState::UnderReview, "suspended", [false, true]),
    ] {
        world.stands(&first, change, award, None).await;
        assert_eq!(world.issue().await, Done { changed: 1, ..Done::default() }, "{award:?}");
        assert_eq!(world.only(42).await["status"], status);
        assert_eq!(world.bits(&badge).await, bits);
    }
    world.revoke(&first).await;
    world.issue().await;
    let revoked = world.only(42).await;
    assert_eq!(
        (&revoked["status"], &revoked["reason"]),
        (&json!("revoked"), &json!("requirement_no_longer_met"))
    );
    assert_eq!(world.bits(&badge).await, [true, false]);
    world.stands(&first, 4, AwardState::Valid, None).await;
    assert_eq!(world.issue().await, Done::default(), "what is revoked is so for good");
    let told = world.told().await;
    let of_first: Vec<&String> = told.iter().filter(|told| *told != "1 awarded issued").collect();
    let expected = [
        "2 suspended grace",
        "3 awarded reinstated",
        "4 suspended under_review",
        "5 revoked requirement_no_longer_met",
    ];
    assert_eq!(of_first, expected);
    // Earned again: another one, which stands in for it.
    let again = Completion { completion_id: Uuid::from_u128(9), attempt: 2, ..completed(42, 90) };
    world.complete(vec![again]).await;
    assert_eq!(world.issue().await.issued, 1);
    let all = world.credentials(42).await;
    let newer = all.iter().find(|one| one["status"] == "valid").unwrap();
    assert_eq!((all.len(), &newer["supersedes"]), (2, &revoked["credential_id"]));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn dates_follow_the_award_and_the_definition_and_a_new_date_is_signed_anew(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let mut dated = definition();
    (dated["valid_days"], dated["not_before"]) = (json!(10), json!("2100-01-01T00:00:00Z"));
    world.put("/api/v1/definitions/Org+N", "*", dated).await.is(200);
    let first = completed(42, 1);
    world.complete(vec![first.clone()]).await;
    world.issue().await;
    let one = world.only(42).await;
    assert_eq!(
        (&one["valid_from"], &one["valid_until"]),
        (&json!("2100-01-01T00:00:00Z"), &json!("2100-01-11T00:00:00Z"))
    );
    let before = world.shown(&one).await.unwrap();
    let until = "2101-01-01T00:00:00Z".parse().unwrap();
    world.stands(&first, 1, AwardState::Valid, Some(until)).await;
    assert_eq!(world.issue().await.reissued, 1);
    assert_eq!(world.issue().await, Done::default());
    let after = world.shown(&one).await.unwrap();
    assert_eq!(after.valid_until.unwrap().get(), until);
    assert_eq!((&before.id, before.awarded_date), (&after.id, after.awarded_date));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn of_a_retired_learner_the_bit_stays_and_nothing_else(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1), completed(43, 2)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let badge = world.shown(&one).await.unwrap();
    let retirement = Retirement { learner_id: 42, retired_at: at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.is(404);
    world.issue().await;
    assert_eq!(
        (world.only(42).await["status"].clone(), world.bits(&badge).await),
        (json!("withdrawn"), vec![true, false])
    );
    assert_eq!(world.told().await, ["1 awarded issued", "1 awarded issued", "2 withdrawn "]);
    // A late event brings nothing back.
    world.complete(vec![completed(42, 1), completed(42, 3)]).await;
    assert_eq!(world.issue().await, Done::default());
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    for table in tables {
        let rows = sqlx::AssertSqlSafe(format!("SELECT to_jsonb(t)::text FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&world.pool).await.unwrap();
        // Learner 43 is called the same, and is still there.
        let named = rows.iter().filter(|row| row.to_lowercase().contains("canary"));
        // Learner 43 has the same name, and is still there.
        let kept = usize::from(["award_holders", "credential_documents"].contains(&table.as_str()));
        assert_eq!(named.count(), kept, "{table}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_date_with_more_digits_than_are_kept_is_not_signed_anew_at_each_look(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let mut dated = definition();
    dated["not_before"] = json!("2100-01-01T00:00:00.123456789Z");
    let put = world.put("/api/v1/definitions/Org+N", "*", dated).await.is(200).json();
    assert_eq!(put["not_before"], "2100-01-01T00:00:00.123456Z", "what is kept is told");
    let first = completed(42, 1);
    world.complete(vec![first.clone()]).await;
    world.issue().await;
    world.stands(&first, 1, AwardState::Valid, None).await;
    assert_eq!(world.issue().await, Done::default());
    assert_eq!(world.only(42).await["valid_from"], "2100-01-01T00:00:00.123456Z");
}
