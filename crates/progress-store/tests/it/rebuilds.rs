use lp_domain::{Regression, RevisionPolicy, RunPolicy};
use lp_progress_store::{Difference, MIGRATOR, Published, put_run, rebuild};
use sqlx::PgPool;

use crate::fixture::{Fixture, definition, hour, passing, policy, run_key};

async fn all(fixture: &mut Fixture) -> Vec<Difference> {
    let (last, differences) =
        rebuild(&mut fixture.conn, &mut fixture.catalogue, 0, 100, hour(2_000)).await.unwrap();
    assert!(last.is_some());
    differences
}

async fn worked(pool: &PgPool) -> Fixture {
    let mut fixture = Fixture::new(pool).await;
    for who in 1..=3 {
        fixture.enrol("sticky", who).await;
        fixture.enrol("following", who).await;
        fixture.apply(vec![passing(who, 1, 10, true), passing(who, 2, 20 + who, who > 1)]).await;
    }
    fixture
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_of_what_is_right_changes_and_tells_nothing(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let (digest, outbox) = (fixture.digest().await, fixture.outbox().await);
    assert_eq!(all(&mut fixture).await, []);
    assert_eq!((fixture.digest().await, fixture.outbox().await), (digest, outbox));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_names_and_mends_whoever_differs_from_the_journal(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let digest = fixture.digest().await;
    sqlx::query("UPDATE facts SET state = '{}' WHERE learner_id = 2")
        .execute(&mut fixture.conn)
        .await
        .unwrap();
    sqlx::query("UPDATE progress SET digest = 'x' WHERE learner_id = 3")
        .execute(&mut fixture.conn)
        .await
        .unwrap();
    assert_ne!(fixture.digest().await, digest);
    let expected = [
        Difference { learner_id: 2, facts: true, verdicts: false },
        Difference { learner_id: 3, facts: false, verdicts: true },
    ];
    assert_eq!(all(&mut fixture).await, expected);
    assert_eq!(fixture.digest().await, digest);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_new_revision_moves_those_who_follow_and_nobody_who_is_pinned(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    for (name, policy) in [("sticky", policy(Regression::Sticky)), ("following", following)] {
        let wider = definition(&[1, 2, 3]);
        let key = run_key(name);
        let published = put_run(&mut fixture.conn, &key, "Org", "N", &policy, &wider).await.unwrap();
        assert_eq!(published, Published::Revision(2));
        let again = put_run(&mut fixture.conn, &key, "Org", "N", &policy, &wider).await.unwrap();
        assert_eq!(again, Published::Unchanged);
    }
    let told = fixture.outbox().await;
    assert_eq!(all(&mut fixture).await.len(), 3);
    let judged: Vec<(String, i32, i64)> = sqlx::query_as(
        "SELECT r.run_key, p.revision, count(*) FILTER (WHERE p.achievement = 2)
         FROM progress p JOIN runs r USING (run_id) GROUP BY 1, 2 ORDER BY 1",
    )
    .fetch_all(&mut fixture.conn)
    .await
    .unwrap();
    let expected = [(run_key("following").to_string(), 2, 0), (run_key("sticky").to_string(), 1, 2)];
    assert_eq!(judged, expected);
    // A completion already made stays: nothing is taken back, nothing told again.
    assert_eq!(fixture.outbox().await, told);
    assert_eq!(fixture.completions().await, ["valid"; 4]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_completion_under_an_earlier_revision_is_judged_on_all_of_that_revisions_contexts(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let strict = RunPolicy { revision: RevisionPolicy::Following, ..policy(Regression::Revocable) };
    let key = run_key("following");
    put_run(&mut fixture.conn, &key, "Org", "N", &strict, &definition(&[1, 2])).await.unwrap();
    fixture.enrol("following", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    // Course 2 gives way to course 3.
    put_run(&mut fixture.conn, &key, "Org", "N", &strict, &definition(&[1, 3])).await.unwrap();
    all(&mut fixture).await;
    assert_eq!(fixture.completions().await, ["valid"], "after the rebuild");
    // The platform says again what it said.
    let again = fixture.apply(vec![passing(1, 1, 40, true)]).await;
    assert_eq!((again.revoked, fixture.completions().await), (0, vec!["valid".to_owned()]));
}
