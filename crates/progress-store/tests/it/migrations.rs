use std::collections::BTreeSet;

use lp_domain::{RevisionPolicy, RunPolicy};
use lp_progress_store::authoring::put_run;
use lp_progress_store::{
    Again, Candidate, Content, MIGRATOR, Migrated, Migration, StoreError, Tellings, Whom, Wish, apply,
    move_learners, rebuild,
};
use sqlx::{Connection as _, PgPool};

use crate::enrolments::until_somebody_waits;
use crate::fixture::{BY, Fixture, definition, hour, passing, run_key, wish};
use crate::happened::{hold_against, rows, whole};
use crate::simulated::{World, any_one_of, world};

type Enrolments = Vec<(i64, String, i32, i32, i64)>;

/// Enrolments with the number of their intervals.
async fn enrolments(fixture: &mut Fixture) -> Enrolments {
    sqlx::query_as(
        "SELECT e.learner_id, e.state, e.attempt, e.revision,
                (SELECT count(*) FROM enrolment_intervals i WHERE (i.learner_id, i.run_id) = (e.learner_id, e.run_id))
         FROM enrolments e ORDER BY 1",
    )
    .fetch_all(&mut fixture.conn)
    .await
    .unwrap()
}

async fn migrate(fixture: &mut Fixture, migration: &Migration, limit: i64) -> Result<Migrated, StoreError> {
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    move_learners(conn, catalogue, &BY, &run_key("run"), migration, limit, hour(1_001)).await
}

/// Twenty learners, pinned to revision 1 of two courses; revision 2 asks for the first only. Odd ones have done both, even ones
/// the first.
async fn pinned(pool: &PgPool) -> (Fixture, Candidate) {
    let mut fixture = Fixture::new(pool).await;
    let policy = RunPolicy::default();
    let (key, first, second) = (run_key("run"), definition(&[1, 2]), definition(&[1]));
    put_run(&mut fixture.conn, &BY, &key, &policy, &first).await.unwrap();
    for who in 1..=20 {
        fixture.enrol("run", who).await;
        fixture.apply(vec![passing(who, 1, 10, true), passing(who, 2, 20, who % 2 == 1)]).await;
    }
    put_run(&mut fixture.conn, &BY, &key, &policy, &second).await.unwrap();
    (fixture, Candidate { content: Content::Published(2), policy, moves: Some(Whom::Everybody) })
}

async fn previewed(fixture: &mut Fixture, candidate: &Candidate) -> Migration {
    let digest = whole(fixture, candidate, 1_000).await.digest;
    Migration { revision: 2, whom: Whom::Everybody, digest }
}

/// Tries a migration that must be refused, and leave all as it is.
async fn is_refused(fixture: &mut Fixture, stale: &Migration) {
    let versions = "SELECT sum(version)::bigint * 1000 + (SELECT count(*) FROM outbox) FROM learners";
    let before = (enrolments(fixture).await, fixture.digest().await, fixture.count(versions).await);
    for limit in [3, 1_000] {
        let refused = migrate(fixture, stale, limit).await;
        assert!(matches!(refused, Err(StoreError::WorldMoved(_))), "{refused:?}");
    }
    let after = (enrolments(fixture).await, fixture.digest().await, fixture.count(versions).await);
    assert_eq!(after, before);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_migration_is_what_its_preview_showed(pool: PgPool) {
    let mut effects = BTreeSet::new();
    for seed in 0..12 {
        let World { mut fixture, mut random, policy, .. } = world(&pool, seed).await;
        let policy = RunPolicy { revision: RevisionPolicy::Pinned, ..policy };
        let draft = crate::simulated::draft(&mut random);
        put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1, 2, 3])).await.unwrap();
        let all = rebuild(&mut fixture.conn, &mut fixture.catalogue, 0, 1_000, hour(1_001)).await.unwrap();
        assert!(all.0.is_some());
        let whom = any_one_of(&mut random, &[Whom::Everybody, Whom::On(1), Whom::On(2)]);
        let candidate = Candidate { content: Content::Draft(draft.clone()), policy, moves: Some(whom) };
        let previewed = whole(&mut fixture, &candidate, 13).await;
        put_run(&mut fixture.conn, &BY, &run_key("run"), &candidate.policy, &draft).await.unwrap();

        let (before, enrolled_before) = (rows(&mut fixture).await, enrolments(&mut fixture).await);
        let migration = Migration { revision: 3, whom, digest: previewed.digest };
        let limit = any_one_of(&mut random, &[1, 10, 1_000]);
        let migrated = migrate(&mut fixture, &migration, limit).await.unwrap();
        let (after, enrolled_after) = (rows(&mut fixture).await, enrolments(&mut fixture).await);

        let mut moved = BTreeSet::new();
        for (before, after) in enrolled_before.iter().zip(&enrolled_after) {
            let meant = whom == Whom::Everybody || whom == Whom::On(before.3.unsigned_abs());
            let expected = (before.0, before.1.clone(), before.2, if meant { 3 } else { before.3 }, before.4);
            assert_eq!(*after, expected, "state, attempt and intervals stay");
            if meant {
                moved.insert(before.0);
            }
        }
        assert_eq!(migrated.learners, moved.len() as u64);
        let (of_moved, others): (Vec<_>, Vec<_>) =
            before.into_iter().zip(after).partition(|(before, _)| moved.contains(&before.learner_id));
        assert!(others.iter().all(|(before, after)| before == after), "who is not meant stays");
        let (before, after): (Vec<_>, Vec<_>) = of_moved.into_iter().unzip();
        assert!(after.iter().all(|row| row.revision == 3));
        effects.extend(hold_against(&previewed, &before, &after));
        let (_, differences) =
            rebuild(&mut fixture.conn, &mut fixture.catalogue, 0, 1_000, hour(1_001)).await.unwrap();
        assert_eq!(differences, []);
        fixture.forget().await;
    }
    for effect in ["Gains", "Keeps", "Up", "Down"] {
        assert!(effects.contains(effect), "{effects:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_completion_says_under_which_revision_it_was_made_and_is_told_once(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let migration = previewed(&mut fixture, &candidate).await;
    let migrated = migrate(&mut fixture, &migration, 7).await.unwrap();
    assert_eq!((migrated.learners, migrated.outcome.completed, migrated.outcome.revoked), (20, 10, 0));
    let under =
        rows(&mut fixture).await.into_iter().map(|row| (row.learner_id % 2, row.completed_under.unwrap()));
    assert_eq!(under.collect::<BTreeSet<_>>(), [(0, 2), (1, 1)].into());
    assert_eq!(fixture.outbox().await.len(), 20);
    let again = previewed(&mut fixture, &candidate).await;
    assert_eq!(migrate(&mut fixture, &again, 7).await.unwrap(), Migrated::default(), "all are there");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_from_before_a_fact_moves_nobody(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let stale = previewed(&mut fixture, &candidate).await;
    fixture.apply(vec![passing(20, 2, 30, true)]).await;
    is_refused(&mut fixture, &stale).await;
    // Without waiting for whoever holds the learners.
    let mut other = pool.begin().await.unwrap();
    sqlx::query("UPDATE learners SET version = version + 1").execute(&mut *other).await.unwrap();
    sqlx::query("SET lock_timeout = '1s'").execute(&mut fixture.conn).await.unwrap();
    is_refused(&mut fixture, &stale).await;
    other.rollback().await.unwrap();
    let fresh = previewed(&mut fixture, &candidate).await;
    assert_eq!(migrate(&mut fixture, &fresh, 3).await.unwrap().learners, 20);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_from_before_an_enrolment_or_another_policy_moves_nobody(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let stale = previewed(&mut fixture, &candidate).await;
    fixture.enrol("run", 21).await;
    is_refused(&mut fixture, &stale).await;
    let stale = previewed(&mut fixture, &candidate).await;
    let policy = crate::fixture::policy(lp_domain::Regression::Review);
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1])).await.unwrap();
    is_refused(&mut fixture, &stale).await;
}

/// The fact comes after the migration has looked at everybody and moved some.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_fact_in_the_middle_of_a_migration_undoes_it(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let migration = previewed(&mut fixture, &candidate).await;
    let before = enrolments(&mut fixture).await;
    let (mut other, mut catalogue) = (pool.acquire().await.unwrap().detach(), fixture.catalogue.clone());
    let mut fact = other.begin().await.unwrap();
    let tellings = Tellings { facts: vec![passing(20, 2, 30, true)], ..Tellings::default() };
    apply(&mut fact, &mut catalogue, &tellings, hour(1_000)).await.unwrap();
    let waiting = tokio::spawn(async move {
        let refused = migrate(&mut fixture, &migration, 6).await;
        (fixture, refused)
    });
    until_somebody_waits(&pool).await;
    fact.commit().await.unwrap();
    let (mut fixture, refused) = waiting.await.unwrap();
    assert!(matches!(refused, Err(StoreError::WorldMoved(_))), "{refused:?}");
    assert_eq!(enrolments(&mut fixture).await, before);
    assert_eq!(fixture.count("SELECT count(*) FROM progress WHERE revision = 2").await, 0);
}

/// A fact about a learner who was moved waits for the migration, and is then judged by where it left them.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_fact_after_a_learner_was_moved_counts_under_the_new_revision(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let migration = previewed(&mut fixture, &candidate).await;
    let (mut other, mut catalogue) = (pool.acquire().await.unwrap().detach(), fixture.catalogue.clone());
    let mut tx = fixture.conn.begin().await.unwrap();
    move_learners(&mut tx, &mut fixture.catalogue, &BY, &run_key("run"), &migration, 6, hour(1_001))
        .await
        .unwrap();
    let waiting = tokio::spawn(async move {
        let tellings = Tellings { facts: vec![passing(2, 1, 40, false)], ..Tellings::default() };
        apply(&mut other, &mut catalogue, &tellings, hour(1_002)).await.unwrap();
    });
    until_somebody_waits(&pool).await;
    tx.commit().await.unwrap();
    waiting.await.unwrap();
    let moved = rows(&mut fixture).await;
    assert!(moved.iter().all(|row| (row.revision, row.achievement) == (2, 2)), "{moved:?}");
    let completed = fixture.told_in_short().await.iter().filter(|told| *told == "completed").count();
    assert_eq!(completed, 20);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whoever_publishes_waits_for_a_migration_and_whoever_enrols_does_not(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let migration = previewed(&mut fixture, &candidate).await;
    let mut other =
        Fixture { conn: pool.acquire().await.unwrap().detach(), catalogue: fixture.catalogue.clone() };
    let mut tx = fixture.conn.begin().await.unwrap();
    move_learners(&mut tx, &mut fixture.catalogue, &BY, &run_key("run"), &migration, 6, hour(1_001))
        .await
        .unwrap();
    other.enrol("run", 21).await;
    let waiting = tokio::spawn(async move {
        let policy = RunPolicy::default();
        put_run(&mut other.conn, &BY, &run_key("run"), &policy, &definition(&[3])).await.unwrap()
    });
    until_somebody_waits(&pool).await;
    tx.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap(), lp_progress_store::authoring::Published::Revision(3));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_refused_migration_leaves_the_caller_s_transaction_whole(pool: PgPool) {
    let (mut fixture, candidate) = pinned(&pool).await;
    let stale = Migration { digest: [7; 32], ..previewed(&mut fixture, &candidate).await };
    let mut tx = fixture.conn.begin().await.unwrap();
    let catalogue = &mut fixture.catalogue;
    let run = run_key("run");
    wish(&mut tx, catalogue, "run", 30, Wish::Enrol(Again::Resumed), 0).await;
    let refused = move_learners(&mut tx, catalogue, &BY, &run, &stale, 6, hour(1_001)).await;
    assert!(matches!(refused, Err(StoreError::WorldMoved(_))), "{refused:?}");
    let lost = Migration { revision: 9, ..stale.clone() };
    let refused = move_learners(&mut tx, catalogue, &BY, &run, &lost, 6, hour(1_001)).await;
    assert!(matches!(refused, Err(StoreError::UnknownRevision { revision: 9, .. })), "{refused:?}");
    let refused = move_learners(&mut tx, catalogue, &BY, &run_key("none"), &stale, 6, hour(1_001)).await;
    assert!(matches!(refused, Err(StoreError::UnknownRun(_))), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM enrolments WHERE revision = 1").await, 20);
    assert_eq!(fixture.count("SELECT count(*) FROM enrolments WHERE learner_id = 30").await, 1);
}
