//! Effects, quarantine and offsets go together.

use lp_credentials_store::{Batch, Retirement, apply, list_by_learner};
use lp_inbox::{Advance, Message, OffsetError, Quarantined};
use sqlx::PgPool;

use crate::tellings::{Telling, at, batch, completed};

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

/// In whatever order the events come, and however often: of a retired learner no name is kept, and every award.
#[sqlx::test]
async fn edge_p_a_retired_learner_keeps_awards_and_no_name(pool: PgPool) {
    let names = async || -> Vec<(i64, String)> {
        let rows =
            sqlx::query_as("SELECT learner_id, username || email || name FROM award_holders ORDER BY 1");
        rows.fetch_all(&pool).await.unwrap()
    };
    let epoch = claim(&pool).await;
    let told = [completed(1, 1, 1, 1), completed(2, 1, 1, 2)];
    let mut first = two_messages(epoch, &told[0]);
    first.tellings = batch(&told);
    let name = first.tellings.holders.iter().find(|holder| holder.learner_id == 1).unwrap().name.clone();
    assert_ne!(name, "", "there is a name to forget");
    first.quarantined[0].message.payload = Some(format!("of {name}").into_bytes());
    apply(&pool, &first).await.unwrap();
    assert_eq!(names().await.len(), 2);

    // With the same batch, another message of theirs is put aside; learner 3 is retired before anything is known of them.
    let retirement = |learner_id| Retirement { learner_id, retired_at: at(5) };
    let mut second = two_messages(epoch, &completed(1, 2, 1, 4));
    second.quarantined[0].message.offset = 3;
    second.quarantined[0].message.payload = Some(format!("also of {name}").into_bytes());
    second.tellings.retirements = vec![retirement(1), retirement(3), retirement(1)];
    second.advances = vec![Advance { topic: TOPIC.into(), partition: 0, from: 2, to: 4, epoch }];
    apply(&pool, &second).await.unwrap();
    let payloads = "SELECT count(*) FROM quarantined_messages WHERE payload IS NOT NULL";
    assert_eq!(sqlx::query_scalar::<_, i64>(payloads).fetch_one(&pool).await.unwrap(), 0);

    let mut late = two_messages(epoch, &completed(1, 3, 1, 9));
    late.quarantined.clear();
    late.tellings = batch(&[completed(1, 3, 1, 9), completed(3, 1, 1, 9)]);
    late.advances = vec![Advance { topic: TOPIC.into(), partition: 0, from: 4, to: 6, epoch }];
    apply(&pool, &late).await.unwrap();
    let names = names().await;
    assert_eq!((names[0].clone(), names[2].clone()), ((1, String::new()), (3, String::new())));
    assert_ne!(names[1].1, "", "of another");
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(list_by_learner(&mut conn, 1, None, None, 100).await.unwrap().len(), 3);
}
