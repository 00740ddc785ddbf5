use lp_domain::FactValue;
use lp_progress_store::{FactTelling, MIGRATOR};
use sqlx::{Connection as _, PgPool};

use crate::fixture::{Fixture, hour, passing};

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_completion_is_told_once_and_dated_by_its_fact(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    let outcome = fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    assert_eq!((outcome.new_facts, outcome.completed), (2, 1));
    let again = fixture.apply(vec![passing(1, 2, 30, true)]).await;
    assert_eq!((again.new_facts, again.completed), (1, 0), "nothing changed, so nothing is told");
    assert_eq!(fixture.outbox().await.len(), 1);
    let at: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT completed_at FROM completions")
        .fetch_one(&mut fixture.conn)
        .await
        .unwrap();
    assert_eq!(at, hour(20).get());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_told_carries_on_the_trace_of_the_learner_s_newest_fact(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in 1..=3 {
        fixture.enrol("sticky", who).await;
    }
    let traced = |who, number, at, trace: &str| FactTelling {
        traceparent: Some(format!("00-{trace:0>32}-0000000000000001-01")),
        ..passing(who, number, at, true)
    };
    let newest_first =
        vec![traced(1, 2, 20, "a"), traced(1, 1, 10, "b"), traced(2, 1, 10, "c"), traced(2, 2, 20, "d")];
    fixture.apply([newest_first, vec![passing(3, 1, 10, true), passing(3, 2, 20, true)]].concat()).await;
    let traces: Vec<Option<String>> =
        sqlx::query_scalar("SELECT substr(traceparent, 35, 1) FROM outbox WHERE event_type LIKE '%completed%' ORDER BY partition_key")
            .fetch_all(&mut fixture.conn)
            .await
            .unwrap();
    assert_eq!(traces, [Some("a".into()), Some("d".into()), None]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_13_14_the_same_events_again_change_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    let facts = vec![passing(1, 1, 10, true), passing(1, 2, 20, true)];
    fixture.apply(facts.clone()).await;
    let (digest, outbox) = (fixture.digest().await, fixture.outbox().await);
    let again = fixture.apply([facts.clone(), facts].concat()).await;
    assert_eq!((again.new_facts, again.changed_verdicts, again.completed), (0, 0, 0));
    assert_eq!(again.reused_ids, [0_usize; 0]);
    assert_eq!((fixture.digest().await, fixture.outbox().await), (digest, outbox));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_15_an_event_id_used_for_another_fact_is_named_and_not_taken(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    let good = passing(1, 1, 10, true);
    fixture.apply(vec![good.clone()]).await;
    let digest = fixture.digest().await;
    let mut other = good.clone();
    other.fact.value = FactValue::Passing { passing: false };
    other.message = 7;
    assert_eq!(fixture.apply(vec![other.clone()]).await.reused_ids, [7]);
    assert_eq!(fixture.digest().await, digest);
    // Both in one batch: the first counts.
    let (first, mut second) = (passing(2, 1, 10, true), passing(2, 1, 10, true));
    second.fact.value = FactValue::Passing { passing: false };
    second.message = 9;
    assert_eq!(fixture.apply(vec![first, second]).await.reused_ids, [9]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn facts_of_whoever_is_not_enrolled_are_kept(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let outcome = fixture.apply(vec![passing(5, 1, 10, true)]).await;
    assert_eq!((outcome.new_facts, outcome.changed_verdicts), (1, 0));
    assert_eq!(fixture.count("SELECT count(*) FROM facts WHERE learner_id = 5").await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_rolled_back_leaves_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    let digest = fixture.digest().await;
    let mut tx = fixture.conn.begin().await.unwrap();
    let facts = vec![passing(1, 1, 10, true), passing(1, 2, 20, true)];
    let tellings = lp_progress_store::Tellings { facts, ..Default::default() };
    lp_progress_store::apply(&mut tx, &mut fixture.catalogue, &tellings, hour(1_000)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(fixture.digest().await, digest);
    assert_eq!(fixture.outbox().await, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_newest_names_stay_in_whatever_order_they_come(pool: PgPool) {
    for order in [[1, 2, 3], [1, 3, 2], [3, 1, 2], [2, 3, 1]] {
        let mut fixture = Fixture::new(&pool).await;
        for at in order {
            let mut profile = lp_events::Profile::unknown(crate::fixture::learner(1));
            profile.username = if at == 2 { "other".into() } else { "same".into() };
            let telling = lp_progress_store::ProfileTelling {
                profile,
                claim: None,
                at: hour(at),
                id: uuid::Uuid::nil(),
            };
            let tellings = lp_progress_store::Tellings { profiles: vec![telling], ..Default::default() };
            let catalogue = &mut fixture.catalogue;
            lp_progress_store::apply(&mut fixture.conn, catalogue, &tellings, hour(9)).await.unwrap();
        }
        let kept: String = sqlx::query_scalar("SELECT username FROM learner_profiles")
            .fetch_one(&mut fixture.conn)
            .await
            .unwrap();
        assert_eq!(kept, "same", "{order:?}");
        sqlx::query("DELETE FROM learner_profiles").execute(&mut fixture.conn).await.unwrap();
    }
}
