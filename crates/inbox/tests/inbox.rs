//! Offsets and quarantine against a real Postgres.

use lp_inbox::{Advance, Claim, Message, OffsetError, Quarantined};
use sqlx::PgPool;

fn step(from: i64, to: i64, epoch: i64) -> [Advance; 1] {
    [Advance { topic: "t".into(), partition: 0, from, to, epoch }]
}

#[sqlx::test]
async fn a_claim_starts_where_the_last_owner_committed(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(lp_inbox::claim(&mut conn, "t", 0, 7).await.unwrap(), Claim { next_offset: 7, epoch: 1 });
    assert!(lp_inbox::advance(&mut conn, &step(7, 9, 1)).await.unwrap());
    assert_eq!(lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap(), Claim { next_offset: 9, epoch: 2 });
}

#[sqlx::test]
async fn fault_09_an_overtaken_owner_cannot_commit(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let old = lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
    lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
    let refused = lp_inbox::advance(&mut conn, &step(0, 5, old.epoch)).await;
    assert!(matches!(refused, Err(OffsetError::Fenced { .. })));
}

#[sqlx::test]
async fn one_fenced_partition_refuses_the_batch(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
    lp_inbox::claim(&mut conn, "t", 1, 0).await.unwrap();
    lp_inbox::claim(&mut conn, "t", 1, 0).await.unwrap();
    let both: Vec<Advance> =
        [0, 1].map(|partition| Advance { topic: "t".into(), partition, from: 0, to: 3, epoch: 1 }).into();
    assert!(matches!(lp_inbox::advance(&mut conn, &both).await, Err(OffsetError::Fenced { .. })));
}

#[sqlx::test]
async fn fault_04_a_commit_in_doubt_that_went_through_is_not_repeated(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let claim = lp_inbox::claim(&mut conn, "t", 0, 0).await.unwrap();
    assert!(lp_inbox::advance(&mut conn, &step(0, 5, claim.epoch)).await.unwrap());
    assert!(!lp_inbox::advance(&mut conn, &step(0, 5, claim.epoch)).await.unwrap());
}

#[sqlx::test]
async fn a_quarantined_message_keeps_every_byte(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let quarantined = Quarantined {
        message: Message {
            topic: "t".into(),
            partition: 3,
            offset: 42,
            key: None,
            payload: Some(vec![0, 255, 1]),
            headers: vec![
                ("ce_type".into(), Some(vec![0, 200])),
                ("ce_id".into(), None),
                ("ce_id".into(), Some(vec![])),
            ],
        },
        reason: "bad_magic".into(),
        detail: "the frame begins with 1".into(),
    };
    lp_inbox::insert(&mut conn, std::slice::from_ref(&quarantined)).await.unwrap();
    lp_inbox::insert(&mut conn, std::slice::from_ref(&quarantined)).await.unwrap();
    assert_eq!(lp_inbox::count(&mut conn).await.unwrap(), 1);
    let listed = lp_inbox::list(&mut conn, 0, 10, false).await.unwrap();
    let id = listed[0].quarantined_message_id;
    assert_eq!(lp_inbox::show(&mut conn, id).await.unwrap(), Some(quarantined));
    lp_inbox::mark_replayed(&mut conn, id).await.unwrap();
    assert_eq!(lp_inbox::list(&mut conn, 0, 10, false).await.unwrap(), []);
    assert_eq!(lp_inbox::list(&mut conn, 0, 10, true).await.unwrap().len(), 1);
}
