use std::time::Duration;

use lp_domain::FactValue;
use lp_progress_store::audit::By;
use lp_progress_store::read::{LearnerState, Listener, learner_state, versions};
use lp_progress_store::{MIGRATOR, Tellings, Wish, apply, identities};
use sqlx::{Connection as _, PgPool};

use crate::fixture::{Fixture, fact, hour, learner, passing};

/// Whom the next notification names.
async fn heard(listener: &mut Listener) -> Vec<i64> {
    let next = tokio::time::timeout(Duration::from_mins(1), listener.next()).await;
    next.expect("nothing was notified").unwrap().expect("the connection is lost")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whoever_sees_something_new_is_notified_and_nobody_else(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let mut listener = Listener::connect(&pool).await.unwrap();
    fixture.enrol("sticky", 1).await;
    assert_eq!(heard(&mut listener).await, [1]);
    fixture.enrol("sticky", 2).await;
    assert_eq!(heard(&mut listener).await, [2]);
    fixture.enrol("sticky", 3).await;
    assert_eq!(heard(&mut listener).await, [3]);

    // One batch, one notification; the third learner's fact is of no course of the run.
    fixture.apply(vec![passing(2, 1, 10, true), passing(1, 1, 10, true), passing(3, 9, 10, true)]).await;
    assert_eq!(heard(&mut listener).await, [1, 2]);
    // The same again changes nothing that is seen, though versions are raised.
    fixture.apply(vec![passing(1, 1, 10, true), passing(2, 1, 11, true)]).await;
    // What is rolled back was never told.
    let mut tx = fixture.conn.begin().await.unwrap();
    let facts = vec![passing(1, 2, 12, true)];
    let tellings = Tellings { facts, ..Tellings::default() };
    apply(&mut tx, &mut fixture.catalogue, &tellings, hour(1_000)).await.unwrap();
    tx.rollback().await.unwrap();
    listener.check().await.unwrap();
    fixture.apply(vec![fact(3, 1, 13, FactValue::Passing { passing: true })]).await;
    assert_eq!(heard(&mut listener).await, [3]);

    fixture.wish("sticky", 2, Wish::Withdraw, 14).await;
    assert_eq!(heard(&mut listener).await, [2]);
    identities::retire(&mut fixture.conn, &By::command("test"), None, learner(1), "x", hour(15))
        .await
        .unwrap();
    assert_eq!(heard(&mut listener).await, [1]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_version_says_whether_something_was_missed(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.enrol("sticky", 2).await;
    let before = versions(&mut fixture.conn, &[1, 2, 3]).await.unwrap();
    assert_eq!(before.len(), 2, "nobody heard of the third");
    assert_eq!(learner_state(&mut fixture.conn, 3).await.unwrap(), LearnerState::default());
    fixture.apply(vec![passing(1, 1, 10, true)]).await;
    let after = versions(&mut fixture.conn, &[1, 2]).await.unwrap();
    let raised = |id: i64| after.iter().find(|(of, _)| *of == id) > before.iter().find(|(of, _)| *of == id);
    assert!(raised(1) && !raised(2));
    let state = learner_state(&mut fixture.conn, 1).await.unwrap();
    assert!(after.contains(&(1, state.version)) && !state.is_retired);
}
