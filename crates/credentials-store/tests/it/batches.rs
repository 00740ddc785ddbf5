//! Effects, quarantine and offsets go together.

use lp_credentials_store::{Batch, apply, list_by_learner};
use lp_inbox::{Advance, Message, OffsetError, Quarantined};
use sqlx::PgPool;

use crate::tellings::{Telling, batch, completed};

const TOPIC: &str = "learning-path-lifecycle";

async fn claim(pool: &PgPool) -> i64 {
    lp_inbox::claim(&mut pool.acquire().await.unwrap(), TOPIC, 0, 0).await.unwrap().epoch
}

/// A batch of one completion and one message that could not be read.
fn two_messages(epoch: i64, telling: &Telling) -> Batch {
    let message = Message {
        topic: TOPIC.into(),
        partition: 0,
        offset: 1,
        key: None,
        payload: Some(b"\x01".to_vec()),
        headers: vec![],
    };
    Batch {
        tellings: batch([telling]),
        quarantined: vec![Quarantined { message, reason: "frame_short".into(), detail: "1 byte".into() }],
        advances: vec![Advance { topic: TOPIC.into(), partition: 0, from: 0, to: 2, epoch }],
    }
}

/// Awards of learner 1, quarantined messages, stored offset.
async fn counts(pool: &PgPool) -> (usize, i64, i64) {
    let mut conn = pool.acquire().await.unwrap();
    let awards = list_by_learner(&mut conn, 1, None, None, 100).await.unwrap().len();
    let quarantined = lp_inbox::count(&mut conn).await.unwrap();
    let offset =
        sqlx::query_scalar("SELECT next_offset FROM consumer_offsets").fetch_one(&mut *conn).await.unwrap();
    (awards, quarantined, offset)
}

#[sqlx::test]
async fn a_batch_writes_awards_quarantine_and_offsets_together(pool: PgPool) {
    let epoch = claim(&pool).await;
    apply(&pool, &two_messages(epoch, &completed(1, 1, 1, 1))).await.unwrap();
    assert_eq!(counts(&pool).await, (1, 1, 2));
}

#[sqlx::test]
async fn fault_04_a_batch_whose_commit_is_in_doubt_is_applied_once(pool: PgPool) {
    let epoch = claim(&pool).await;
    let batch = two_messages(epoch, &completed(1, 1, 1, 1));
    apply(&pool, &batch).await.unwrap();
    apply(&pool, &batch).await.unwrap();
    assert_eq!(counts(&pool).await, (1, 1, 2));
}

#[sqlx::test]
async fn fault_09_who_was_overtaken_writes_nothing(pool: PgPool) {
    let overtaken = claim(&pool).await;
    claim(&pool).await;
    let refused = apply(&pool, &two_messages(overtaken, &completed(1, 1, 1, 1))).await;
    assert!(matches!(refused, Err(OffsetError::Fenced { .. })), "{refused:?}");
    assert_eq!(counts(&pool).await, (0, 0, 0));
}

#[sqlx::test]
async fn a_batch_that_the_database_refuses_moves_no_offset(pool: PgPool) {
    let epoch = claim(&pool).await;
    let Telling::Completed(mut bad) = completed(1, 1, 1, 1) else { unreachable!() };
    bad.grade = Some(2.0);
    let refused = apply(&pool, &two_messages(epoch, &Telling::Completed(bad))).await;
    assert!(matches!(refused, Err(OffsetError::Database(_))), "{refused:?}");
    assert_eq!(counts(&pool).await, (0, 0, 0));
}
