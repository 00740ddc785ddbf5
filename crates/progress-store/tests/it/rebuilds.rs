use lp_domain::{Regression, RevisionPolicy, RunKey, RunPolicy};
use lp_progress_store::authoring::{AuthoringError, Published, put_run};
use lp_progress_store::{Again, Difference, MIGRATOR, Wish, rebuild, rejudge};
use sqlx::PgPool;

use crate::fixture::{BY, Fixture, definition, hour, passing, policy, run_key};

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
        Difference { learner_id: 2, facts: true, verdicts: false, reports: false },
        Difference { learner_id: 3, facts: false, verdicts: true, reports: false },
    ];
    assert_eq!(all(&mut fixture).await, expected);
    assert_eq!(fixture.digest().await, digest);
}

/// A row changed behind our back keeps the digest of what stood there before.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_trusts_no_digest(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let tampered = "UPDATE progress SET grade = 0.1, verdict = '{}' WHERE learner_id = 1";
    sqlx::query(tampered).execute(&mut fixture.conn).await.unwrap();
    let expected = [Difference { learner_id: 1, facts: false, verdicts: true, reports: false }];
    assert_eq!(all(&mut fixture).await, expected);
    assert_eq!(all(&mut fixture).await, [], "mended");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whoever_has_left_is_judged_on_and_told_of_when_they_come_back(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let told = fixture.outbox().await;
    fixture.wish("sticky", 1, Wish::Withdraw, 30).await;
    fixture.apply(vec![passing(1, 2, 40, true)]).await;
    assert_eq!(all(&mut fixture).await, [], "facts from after they left are in their projections");
    assert_eq!(fixture.outbox().await.len(), told.len() + 1, "the other run, in which they still are");
    fixture.wish("sticky", 1, Wish::Enrol(Again::Resumed), 50).await;
    assert_eq!(fixture.outbox().await.len(), told.len() + 2);
    assert_eq!(fixture.completions().await, ["valid"; 6]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_run_s_learners_are_judged_anew_by_its_new_revision(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    let key = run_key("following");
    put_run(&mut fixture.conn, &BY, &key, &following, &definition(&[1])).await.unwrap();
    let (mut after, mut completed, mut batches) = (Some(0), 0, 0);
    while let Some(from) = after {
        let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
        let (last, outcome) = rejudge(conn, catalogue, &key, from, 2, hour(2_000)).await.unwrap();
        (after, completed, batches) = (last, completed + outcome.completed, batches + 1);
    }
    assert_eq!((completed, batches), (1, 3), "learner 1 has passed the one course that is asked for now");
    assert_eq!(all(&mut fixture).await, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_run_of_no_path_is_refused(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let (key, policy) = (RunKey::parse("path-v1:Org+None+R+G").unwrap(), RunPolicy::default());
    let put = put_run(&mut fixture.conn, &BY, &key, &policy, &definition(&[1])).await;
    assert!(matches!(put, Err(AuthoringError::UnknownPath(path)) if path.to_string() == "Org+None"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_new_revision_moves_those_who_follow_and_nobody_who_is_pinned(pool: PgPool) {
    let mut fixture = worked(&pool).await;
    let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    for (name, policy) in [("sticky", policy(Regression::Sticky)), ("following", following)] {
        let wider = definition(&[1, 2, 3]);
        let key = run_key(name);
        let published = put_run(&mut fixture.conn, &BY, &key, &policy, &wider).await.unwrap();
        assert_eq!(published, Published::Revision(2));
        let again = put_run(&mut fixture.conn, &BY, &key, &policy, &wider).await.unwrap();
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
    put_run(&mut fixture.conn, &BY, &key, &strict, &definition(&[1, 2])).await.unwrap();
    fixture.enrol("following", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    // Course 2 gives way to course 3.
    put_run(&mut fixture.conn, &BY, &key, &strict, &definition(&[1, 3])).await.unwrap();
    all(&mut fixture).await;
    assert_eq!(fixture.completions().await, ["valid"], "after the rebuild");
    // The platform says again what it said.
    let again = fixture.apply(vec![passing(1, 1, 40, true)]).await;
    assert_eq!((again.revoked, fixture.completions().await), (0, vec!["valid".to_owned()]));
}
