//! Runs that share no work.

use lp_domain::RunPolicy;
use lp_progress_store::{Again, Candidate, Content, Effect, MIGRATOR, Wish, preview, rebuild};
use serde_json::json;
use sqlx::{Connection as _, PgPool};

use crate::fixture::{Fixture, hour, passing, run_key};

/// The runs `revocable` and `sticky` share no work; learner 1 is in both, first in this one.
async fn exclusive(pool: &PgPool, first: &str) -> Fixture {
    let mut fixture = Fixture::new(pool).await;
    for run in ["revocable", "sticky"] {
        fixture.judge_by(run, grouped(), 0).await;
        fixture.wish(run, 1, Wish::Enrol(Again::Resumed), i64::from(run != first)).await;
    }
    fixture
}

fn grouped() -> serde_json::Value {
    json!({ "exclusive_group": "either", "regression": "revocable" })
}

impl Fixture {
    /// The runs that learner 1 has completed, by the rule.
    async fn completed(&mut self) -> Vec<String> {
        let runs = sqlx::query_scalar(
            "SELECT split_part(run_key, '+', 3) FROM progress JOIN runs USING (run_id)
             WHERE learner_id = 1 AND achievement = 2 ORDER BY 1",
        );
        runs.fetch_all(&mut self.conn).await.unwrap()
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn i_what_completes_one_run_counts_in_no_other_of_its_group(pool: PgPool) {
    for first in ["sticky", "revocable"] {
        let mut fixture = exclusive(&pool, first).await;
        fixture.apply(vec![passing(1, 1, 10, true)]).await;
        let outcome = fixture.apply(vec![passing(1, 2, 20, true)]).await;
        assert_eq!((outcome.completed, fixture.completed().await), (1, vec![first.to_owned()]));
        let mut tx = fixture.conn.begin().await.unwrap();
        let (_, differences) = rebuild(&mut tx, &mut fixture.catalogue, 0, 10, hour(1_000)).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(differences, []);
        assert_eq!(fixture.apply(vec![passing(1, 2, 30, false)]).await.revoked, 1);
        assert_eq!(fixture.completed().await, [""; 0]);
        fixture.forget().await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn i_a_run_is_judged_with_its_group_also_when_it_alone_is_touched(pool: PgPool) {
    let mut fixture = exclusive(&pool, "sticky").await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    assert_eq!(fixture.completed().await, ["sticky"]);
    // Whoever leaves a run takes nothing there any more, and a run that leaves the group shares with all.
    fixture.wish("sticky", 1, Wish::Withdraw, 30).await;
    assert_eq!(fixture.completed().await, ["revocable", "sticky"]);
    fixture.wish("sticky", 1, Wish::Enrol(Again::Resumed), 40).await;
    assert_eq!(fixture.completed().await, ["sticky"]);
    fixture.judge_by("sticky", json!({}), 50).await;
    fixture.judge_by("revocable", json!({ "regression": "revocable" }), 50).await;
    assert_eq!(fixture.completed().await, ["revocable", "sticky"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn i_a_preview_of_joining_a_group_shows_who_loses(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.judge_by("sticky", grouped(), 0).await;
    for run in ["sticky", "revocable"] {
        fixture.enrol(run, 1).await;
        fixture.enrol(run, 2).await;
    }
    fixture.wish("sticky", 2, Wish::Withdraw, 5).await;
    fixture.apply([1, 2].map(|who| [passing(who, 1, 10, true), passing(who, 2, 20, true)]).concat()).await;
    // The key of `revocable` comes first, so that it takes; of the other run learners lose.
    let joining: RunPolicy = serde_json::from_value(grouped()).unwrap();
    let candidate = Candidate { content: Content::Published(1), policy: joining, moves: None };
    let mut seen = Vec::new();
    for run in ["sticky", "revocable"] {
        let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
        let shown = preview(conn, catalogue, &run_key(run), &candidate, None, 10, hour(1_000)).await.unwrap();
        seen.push((shown.counts.keeps, shown.counts.revoked));
        fixture.judge_by(run, grouped(), 1_000).await;
    }
    assert_eq!(seen, [(1, 0), (2, 0)]);
    assert_eq!(fixture.completed().await, ["revocable"]);
    let leaving: RunPolicy = serde_json::from_value(json!({ "regression": "revocable" })).unwrap();
    let candidate = Candidate { policy: leaving, ..candidate };
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    let shown =
        preview(conn, catalogue, &run_key("sticky"), &candidate, None, 10, hour(1_000)).await.unwrap();
    assert_eq!(shown.affected.len(), 1, "{shown:?}");
    assert_eq!(shown.affected[0].effect, Effect::Gains);
}
