//! Any order and any repetition of tellings, in batches of any size, ends the same.

use std::collections::BTreeMap;

use lp_credentials_store::{Told, award_id, list_by_learner, record};
use lp_domain::AwardState;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::tellings::{Telling, batch, completed, completion_id, name, revoked};

/// What can be seen of one award; `recorded_at` alone is left out.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    path_name: String,
    grade: Option<f64>,
    revoked: Option<(String, Option<String>)>,
    supersedes: Option<Uuid>,
}

/// The final state: awards by completion, the newest telling by learner.
type State = (BTreeMap<Uuid, Seen>, BTreeMap<i64, String>);

async fn state(conn: &mut PgConnection) -> State {
    let holders: Vec<(i64, String)> =
        sqlx::query_as("SELECT learner_id, name FROM award_holders").fetch_all(&mut *conn).await.unwrap();
    let mut awards = BTreeMap::new();
    for (learner_id, _) in &holders {
        for award in list_by_learner(conn, *learner_id, None, None, 1_000).await.unwrap() {
            assert_eq!(award.status == AwardState::Revoked, award.revoked_at.is_some());
            let seen = Seen {
                path_name: award.path_name,
                grade: award.grade,
                revoked: award.revoked_at.map(|at| (at.to_string(), award.revocation_reason)),
                supersedes: award.supersedes,
            };
            assert!(awards.insert(award.completion_id, seen).is_none(), "two awards of one completion");
        }
    }
    (awards, holders.into_iter().collect())
}

/// The rules said once more, without a database and all at once.
fn model(tellings: &[Telling]) -> State {
    let mut completions: BTreeMap<Uuid, &lp_credentials_store::Completion> = BTreeMap::new();
    let mut revocations: BTreeMap<Uuid, &lp_credentials_store::Revocation> = BTreeMap::new();
    let mut newest: BTreeMap<i64, Told> = BTreeMap::new();
    for telling in tellings {
        let (learner_id, told) = match telling {
            Telling::Completed(new) => {
                let kept = completions.entry(new.completion_id).or_insert(new);
                if new.told < kept.told {
                    *kept = new;
                }
                (new.learner_id, new.told)
            }
            Telling::Revoked(new) => {
                let kept = revocations.entry(new.completion_id).or_insert(new);
                if new.told < kept.told {
                    *kept = new;
                }
                (new.learner_id, new.told)
            }
        };
        let kept = newest.entry(learner_id).or_insert(told);
        *kept = std::cmp::max_by_key(told, *kept, |told| (!name(*told).is_empty(), *told));
    }
    let awards = completions.iter().map(|(id, completion)| {
        let before = completions
            .values()
            .filter(|other| other.learner_id == completion.learner_id && other.run_key == completion.run_key)
            .filter(|other| (other.told.at, other.completion_id) < (completion.told.at, *id))
            .max_by_key(|other| (other.told.at, other.completion_id))
            .filter(|other| revocations.contains_key(&other.completion_id));
        let seen = Seen {
            path_name: completion.path_name.clone(),
            grade: completion.grade,
            revoked: revocations.get(id).map(|r| (r.revoked_at.to_string(), r.reason.clone())),
            supersedes: before.map(|other| award_id(other.completion_id)),
        };
        (*id, seen)
    });
    let names = newest.iter().map(|(learner, told)| (*learner, name(*told)));
    (awards.collect(), names.collect())
}

/// The state after these batches, in a transaction that is rolled back.
async fn after(pool: &PgPool, batches: &[Vec<&Telling>]) -> State {
    let mut tx = pool.begin().await.unwrap();
    for tellings in batches {
        record(&mut tx, &batch(tellings.iter().copied())).await.unwrap();
    }
    let state = state(&mut tx).await;
    tx.rollback().await.unwrap();
    state
}

pub(crate) fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(n - 1);
    (0..n)
        .flat_map(|place| {
            shorter.iter().map(move |order| {
                let mut order = order.clone();
                order.insert(place, n - 1);
                order
            })
        })
        .collect()
}

#[sqlx::test]
async fn every_order_of_completed_revoked_and_earned_again_ends_the_same(pool: PgPool) {
    let tellings = [
        completed(1, 1, 1, 10),
        completed(1, 1, 1, 15), // told again, in other words
        revoked(1, 1, 1, 20),
        completed(1, 1, 2, 30),
        revoked(1, 1, 1, 40), // told again, in other words
    ];
    let expected = model(&tellings);
    let (first, second) = (completion_id(1, 1, 1), completion_id(1, 1, 2));
    assert_eq!(expected.0[&second].supersedes, Some(award_id(first)));
    assert!(expected.0[&first].revoked.is_some() && expected.0[&second].revoked.is_none());
    for order in permutations(tellings.len()) {
        let one_by_one: Vec<Vec<_>> = order.iter().map(|i| vec![&tellings[*i]]).collect();
        assert_eq!(after(&pool, &one_by_one).await, expected, "{order:?} one by one");
        let at_once = vec![order.iter().map(|i| &tellings[*i]).collect()];
        assert_eq!(after(&pool, &at_once).await, expected, "{order:?} at once");
    }
}

#[sqlx::test]
async fn any_tellings_in_any_batches_with_repetitions_end_as_the_model_says(pool: PgPool) {
    // Up to 3 learners, 2 runs, 3 completions each; minutes from few, so that ties happen.
    let telling = (1..=3_i64, 1..=2_u8, 1..=3_u8, 1..=12_i64, any::<bool>()).prop_map(
        |(learner_id, run, sequence, minute, is_completed)| {
            if is_completed {
                completed(learner_id, run, sequence, minute)
            } else {
                revoked(learner_id, run, sequence, minute)
            }
        },
    );
    let case = vec(telling, 1..25).prop_flat_map(|tellings| {
        let indices = 0..tellings.len();
        (
            Just(tellings),
            vec(vec(indices.clone(), 0..8), 0..6),
            Just(indices.collect::<Vec<_>>()).prop_shuffle(),
        )
    });
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let (tellings, early, rest) = case.new_tree(&mut runner).unwrap().current();
        // Some batches with anything in them, then whatever there is, shuffled, in batches of three.
        let mut batches: Vec<Vec<&Telling>> =
            early.iter().map(|batch| batch.iter().map(|i| &tellings[*i]).collect()).collect();
        batches.extend(rest.chunks(3).map(|batch| batch.iter().map(|i| &tellings[*i]).collect()));
        assert_eq!(after(&pool, &batches).await, model(&tellings), "{batches:#?}");
    }
}

#[sqlx::test]
async fn a_revocation_that_comes_first_is_kept_for_its_completion(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    record(&mut conn, &batch([&revoked(1, 1, 1, 20)])).await.unwrap();
    assert_eq!(list_by_learner(&mut conn, 1, None, None, 10).await.unwrap(), []);
    record(&mut conn, &batch([&completed(1, 1, 1, 10)])).await.unwrap();
    let awards = list_by_learner(&mut conn, 1, None, None, 10).await.unwrap();
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].status, AwardState::Revoked);
    assert_eq!(awards[0].revocation_reason.as_deref(), Some("as told at 20"));
}

#[sqlx::test]
async fn two_owners_at_once_do_not_miss_each_others_awards(pool: PgPool) {
    let (mut one, mut two) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    record(&mut one, &batch([&completed(1, 1, 1, 10), &revoked(1, 1, 1, 20)])).await.unwrap();
    let other = tokio::spawn(async move {
        record(&mut two, &batch([&completed(1, 1, 2, 30)])).await.unwrap();
        two.commit().await.unwrap();
    });
    wait_until_someone_waits_for_a_lock(&pool).await;
    one.commit().await.unwrap();
    other.await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let awards = list_by_learner(&mut conn, 1, None, None, 10).await.unwrap();
    assert_eq!(awards[0].supersedes, Some(awards[1].award_id));
}

pub(crate) async fn wait_until_someone_waits_for_a_lock(pool: &PgPool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let waiting: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waiting {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "the second owner does not wait");
        tokio::task::yield_now().await;
    }
}
