use lp_progress_store::{MIGRATOR, Outcome, fire_timers};
use sqlx::PgPool;

use crate::fixture::{Fixture, hour, passing};

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_sticky_completion_survives_a_failing_regrade(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    let regraded = fixture.apply(vec![passing(1, 2, 30, false)]).await;
    assert_eq!((regraded.new_facts, regraded.revoked), (1, 0));
    assert_eq!(fixture.completions().await, ["valid"]);
    fixture.apply(vec![passing(1, 2, 40, false)]).await;
    assert_eq!(
        fixture.told_in_short().await,
        ["completed", "completion.changed"],
        "that it fell away is told, once"
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_revoked_and_is_earned_again_is_a_new_completion(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("revocable", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    assert_eq!(fixture.apply(vec![passing(1, 2, 30, false)]).await.revoked, 1);
    assert_eq!(fixture.apply(vec![passing(1, 2, 40, false)]).await.revoked, 0, "told once");
    assert_eq!(fixture.apply(vec![passing(1, 2, 50, true)]).await.completed, 1);
    assert_eq!(fixture.completions().await, ["revoked", "valid"]);
    let told = fixture.outbox().await;
    assert_eq!(told.len(), 3);
    assert_ne!(told[0].0, told[2].0, "another id");
    assert_eq!(fixture.told_in_short().await, ["completed", "completion.revoked", "completed"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_time_of_grace_ends_in_a_revocation_and_not_before(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("grace", 1).await;
    fixture.apply_at(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)], hour(21)).await;
    fixture.apply_at(vec![passing(1, 2, 30, false)], hour(31)).await;
    assert_eq!(fixture.completions().await, ["grace"]);
    let week = 7 * 24;
    let early = fire_timers(&mut fixture.conn, &mut fixture.catalogue, hour(30 + week), 10).await.unwrap();
    assert_eq!(early, (0, Outcome::default()));
    let (_, due) = fire_timers(&mut fixture.conn, &mut fixture.catalogue, hour(32 + week), 10).await.unwrap();
    assert_eq!(due.revoked, 1);
    assert_eq!(fixture.completions().await, ["revoked"]);
    let after = fire_timers(&mut fixture.conn, &mut fixture.catalogue, hour(33 + week), 10).await.unwrap();
    assert_eq!(after, (0, Outcome::default()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_regained_within_grace_is_as_if_nothing_had_been(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("grace", 1).await;
    fixture.apply_at(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)], hour(21)).await;
    fixture.apply_at(vec![passing(1, 2, 30, false)], hour(31)).await;
    fixture.apply_at(vec![passing(1, 2, 40, true)], hour(41)).await;
    assert_eq!(fixture.completions().await, ["valid"]);
    assert_eq!(fixture.told_in_short().await, ["completed", "completion.changed", "completion.changed"]);
}
