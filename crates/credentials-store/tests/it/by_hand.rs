//! Awards that staff give, among those that events tell of.

use std::collections::{BTreeMap, BTreeSet};

use lp_credentials_store::by_hand::{Gift, NotGiven, give, lock_learners};
use lp_credentials_store::{award_id, list_by_learner, record};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::order::{permutations, wait_until_someone_waits_for_a_lock};
use crate::tellings::{Telling, at, batch, completed, completion_id, revoked};

fn gift(learner_id: i64, run: u8) -> Gift {
    Gift {
        learner_id,
        run_key: format!("path-v1:Org+N{run}+R+G"),
        revision: 1,
        awarded_at: at(5),
        grade: None,
    }
}

/// Gives it at this minute.
async fn given(conn: &mut PgConnection, gift: &Gift, minute: i64) -> Result<Uuid, NotGiven> {
    lock_learners(conn, &BTreeMap::from([(gift.learner_id, None)])).await.unwrap();
    give(conn, gift, "Path", at(minute)).await.unwrap()
}

fn of_attempt(telling: Telling, attempt: i32) -> Telling {
    match telling {
        Telling::Completed(completion) => {
            Telling::Completed(lp_credentials_store::Completion { attempt, ..completion })
        }
        other @ Telling::Revoked(_) => other,
    }
}

/// Which award of learner 1 stands in for which.
async fn superseded(conn: &mut PgConnection) -> BTreeMap<Uuid, Option<Uuid>> {
    let awards = list_by_learner(conn, 1, None, None, 100).await.unwrap();
    awards.into_iter().map(|award| (award.award_id, award.supersedes)).collect()
}

#[sqlx::test]
async fn an_award_by_hand_stands_between_what_was_told_before_and_after_it_in_any_order_of_arrival(
    pool: PgPool,
) {
    let tellings = [
        completed(1, 1, 1, 10),
        revoked(1, 1, 1, 20),
        of_attempt(completed(1, 1, 2, 25), 2),
        revoked(1, 1, 2, 27),
        of_attempt(completed(1, 1, 3, 40), 2),
    ];
    let [first, second, third] = [1, 2, 3].map(|sequence| award_id(completion_id(1, 1, sequence)));
    let (mut granted, mut ends) = (0, BTreeSet::new());
    for order in permutations(tellings.len()) {
        for place in 0..=tellings.len() {
            let mut tx = pool.begin().await.unwrap();
            let mut by_hand = None;
            for (at, telling) in order.iter().enumerate() {
                if at == place {
                    by_hand = given(&mut tx, &gift(1, 1), 30).await.ok();
                }
                record(&mut tx, &batch([&tellings[*telling]])).await.unwrap();
            }
            if let Some(by_hand) = by_hand {
                granted += 1;
                let by_hand = award_id(by_hand);
                let expected = [(first, None), (second, Some(first)), (by_hand, Some(second)), (third, None)];
                assert_eq!(superseded(&mut tx).await, expected.into(), "{order:?}, given at {place}");
                ends.insert(by_hand);
            }
            tx.rollback().await.unwrap();
        }
    }
    assert!(granted > 200, "{granted}");
    assert_eq!(ends.len(), 1, "it has one id");
}

#[sqlx::test]
async fn of_two_who_give_at_once_one_does(pool: PgPool) {
    let (mut one, mut two) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    let first = given(&mut one, &gift(1, 1), 10).await.unwrap();
    let other = tokio::spawn(async move {
        let refused = given(&mut two, &gift(1, 1), 11).await;
        let elsewhere = given(&mut two, &gift(1, 2), 11).await;
        two.commit().await.unwrap();
        (refused, elsewhere)
    });
    wait_until_someone_waits_for_a_lock(&pool).await;
    one.commit().await.unwrap();
    let (refused, elsewhere) = other.await.unwrap();
    assert_eq!(refused, Err(NotGiven::HasAward(award_id(first))));
    assert_ne!(elsewhere.unwrap(), first, "of another run there is none yet");
}
