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

#[sqlx::test]
async fn messages_put_aside_together_stay_apart_and_those_that_lie_there_stay_as_they_are(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let put_aside = |offset: i64, reason: &str| Quarantined {
        message: Message {
            topic: "t".into(),
            partition: 0,
            offset,
            key: (offset % 2 == 0).then(|| vec![1, 0]),
            payload: (offset > 1).then(|| vec![u8::try_from(offset).unwrap(); 3]),
            headers: (0..offset).map(|n| (format!("h{n}"), Some(vec![255]))).collect(),
        },
        reason: reason.into(),
        detail: String::new(),
    };
    lp_inbox::insert(&mut conn, &[]).await.unwrap();
    lp_inbox::insert(&mut conn, &[put_aside(2, "first")]).await.unwrap();
    // One twice in the same batch, one that lies there for another reason.
    let all: Vec<Quarantined> = [1, 3, 1, 2].map(|offset| put_aside(offset, "second")).into();
    lp_inbox::insert(&mut conn, &all).await.unwrap();
    let mut found = vec![];
    for listed in lp_inbox::list(&mut conn, 0, 10, false).await.unwrap() {
        found.push(lp_inbox::show(&mut conn, listed.quarantined_message_id).await.unwrap().unwrap());
    }
    assert_eq!(found, [put_aside(2, "first"), put_aside(1, "second"), put_aside(3, "second")]);
}

#[sqlx::test]
async fn fault_19_an_offset_that_is_reset_fences_its_owner(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let owner = lp_inbox::claim(&mut conn, "t", 0, 7).await.unwrap();
    lp_inbox::claim(&mut conn, "t", 1, 7).await.unwrap();
    assert_eq!(lp_inbox::reset_offset(&mut conn, "t", 0, 0).await.unwrap(), Some(7));
    let refused = lp_inbox::advance(&mut conn, &step(7, 9, owner.epoch)).await;
    assert!(matches!(refused, Err(OffsetError::Fenced { .. })));
    assert_eq!(lp_inbox::claim(&mut conn, "t", 0, 5).await.unwrap(), Claim { next_offset: 0, epoch: 3 });
    let stored = lp_inbox::list_offsets(&mut conn).await.unwrap();
    let stored: Vec<_> = stored.iter().map(|s| (s.partition_id, s.next_offset, s.epoch)).collect();
    assert_eq!(stored, [(0, 0, 3), (1, 7, 1)]);
}

#[sqlx::test]
async fn an_offset_that_was_never_stored_is_not_made_by_a_reset(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(lp_inbox::reset_offset(&mut conn, "t", 0, 4).await.unwrap(), None);
    assert_eq!(lp_inbox::list_offsets(&mut conn).await.unwrap(), []);
}

#[sqlx::test]
async fn a_message_that_names_somebody_can_be_erased_and_its_place_stays(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let put_aside = |offset: i64, payload: &[u8], header: &[u8]| Quarantined {
        message: Message {
            topic: "t".into(),
            partition: 0,
            offset,
            key: Some(vec![1]),
            payload: Some(payload.to_vec()),
            headers: vec![("h".into(), Some(header.to_vec()))],
        },
        reason: "truncated".into(),
        detail: "short".into(),
    };
    let all = [
        put_aside(0, b"\0\xff of Zo\xc3\xab@EXAMPLE.com", b""),
        put_aside(1, b"", "zo\u{eb}@example.com".as_bytes()),
        // A short name by itself: as Avro writes it, as JSON does.
        put_aside(2, b"\x04al\x02x", b""),
        put_aside(3, b"{\"username\":\"Al\"}", b""),
        put_aside(4, b"final \\ bald", b""),
    ];
    lp_inbox::insert(&mut conn, &all).await.unwrap();
    assert_eq!(lp_inbox::erase(&mut conn, &["", "zo\u{eb}@example.com", "al"]).await.unwrap(), 4);
    let listed = lp_inbox::list(&mut conn, 0, 10, true).await.unwrap();
    let told: Vec<_> =
        listed.iter().map(|one| (one.message_offset, one.reason.as_str(), one.detail.as_str())).collect();
    let erased = |offset| (offset, "truncated", "erased");
    assert_eq!(told, [erased(0), erased(1), erased(2), erased(3), (4, "truncated", "short")]);
    let first = lp_inbox::show(&mut conn, listed[0].quarantined_message_id).await.unwrap().unwrap();
    assert_eq!((first.message.key, first.message.payload, first.message.headers), (None, None, vec![]));
    assert_eq!(lp_inbox::count(&mut conn).await.unwrap(), 1, "what is erased waits for nobody");
    let last = lp_inbox::show(&mut conn, listed[4].quarantined_message_id).await.unwrap().unwrap();
    assert_eq!(last, all[4]);
    assert_eq!(lp_inbox::erase(&mut conn, &["\\"]).await.unwrap(), 0, "a short text within another");
    assert_eq!(lp_inbox::erase(&mut conn, &["l \\ b"]).await.unwrap(), 1);
}
