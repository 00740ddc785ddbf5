use lp_domain::{FactValue, Ratio};
use lp_progress_store::{FactTelling, MIGRATOR};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::PgPool;

use crate::fixture::{Fixture, fact};

const LEARNERS: i64 = 20;

/// Facts of every kind that an event brings.
fn history(random: &mut StdRng) -> Vec<FactTelling> {
    (0..300)
        .map(|at| {
            let (yes, ratio) =
                (random.random_bool(0.6), Ratio::try_from(random.random_range(0.0..=1.0)).unwrap());
            let mode = if random.random_bool(0.5) { "verified" } else { "audit" }.to_owned();
            let value = match random.random_range(0..6) {
                0 => FactValue::Grade { grade: ratio },
                1 => FactValue::Completion { completion: ratio },
                2 => FactValue::Enrolment { active: yes, mode },
                3 => {
                    let status = if yes { "downloadable" } else { "notpassing" }.to_owned();
                    FactValue::Certificate { status, mode }
                }
                4 => FactValue::Override { granted: yes, expires_at: None },
                _ => FactValue::Passing { passing: yes },
            };
            fact(random.random_range(1..=LEARNERS), random.random_range(1..=2), at, value)
        })
        .collect()
}

/// What a history leaves behind in one order and partition into batches, with some of it repeated: the digest, and which
/// completions stand, by learner and run.
async fn left_behind(pool: &PgPool, facts: &[FactTelling], seed: u64) -> ([u8; 32], Vec<(i64, i64, bool)>) {
    let mut fixture = Fixture::new(pool).await;
    for run in ["sticky", "revocable", "grace", "following"] {
        for who in 1..=LEARNERS {
            fixture.enrol(run, who).await;
        }
    }
    let random = &mut StdRng::seed_from_u64(seed);
    let mut order = facts.to_vec();
    order.extend(facts.iter().take(50).cloned());
    order.shuffle(random);
    while !order.is_empty() {
        let rest = order.split_off(random.random_range(1..=order.len()));
        fixture.apply(std::mem::replace(&mut order, rest)).await;
    }
    let outbox = fixture.outbox().await;
    let mut once = outbox.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), outbox.len(), "each id once");
    // A completion that a later fact takes back is told only where it stood for a moment, so what was told under policies
    // that take back hangs on the order; what stands at the end does not.
    let standing = sqlx::query_as(
        "SELECT learner_id, run_id, state <> 'revoked' FROM completions c
         WHERE NOT EXISTS (SELECT FROM completions later
                           WHERE (later.learner_id, later.run_id) = (c.learner_id, c.run_id)
                             AND later.sequence > c.sequence)
           AND EXISTS (SELECT FROM progress p
                       WHERE (p.learner_id, p.run_id) = (c.learner_id, c.run_id) AND p.achievement = 2)
         ORDER BY 1, 2",
    );
    let standing = standing.fetch_all(&mut fixture.conn).await.unwrap();
    let digest = fixture.digest().await;
    for table in ["outbox", "completions", "progress", "facts", "fact_journal", "enrolments"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&mut fixture.conn)
            .await
            .unwrap();
    }
    (digest, standing)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn fault_16_any_order_and_partition_gives_the_same_state(pool: PgPool) {
    for seed in [1, 2] {
        let facts = history(&mut StdRng::seed_from_u64(seed));
        let first = left_behind(&pool, &facts, 10).await;
        assert!(first.1.len() > 10, "some complete");
        assert!(first.1.iter().all(|(_, _, stands)| *stands), "whoever meets the rule holds a completion");
        for order in 11..14 {
            assert_eq!(left_behind(&pool, &facts, order).await, first, "history {seed}, order {order}");
        }
    }
}
