use std::collections::BTreeSet;

use lp_domain::{FactValue, PriorWork, Regression, RevisionPolicy, RunPolicy};
use lp_progress_store::authoring::put_run;
use lp_progress_store::{
    Candidate, Content, Counts, Effect, Loss, MIGRATOR, StoreError, Whom, Wish, preview, rejudge,
};
use sqlx::PgPool;

use crate::fixture::{BY, Fixture, definition, fact, hour, passing, run_key};
use crate::happened::{hold_against, rows, whole};
use crate::simulated::{World, any_one_of, world};

async fn rejudge_all(fixture: &mut Fixture) {
    let mut after = Some(0);
    while let Some(from) = after {
        let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
        after = rejudge(conn, catalogue, &run_key("run"), from, 16, hour(1_001)).await.unwrap().0;
    }
}

/// Another definition, another policy, or both, published to runs of every policy.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_is_what_happens(pool: PgPool) {
    let mut effects = BTreeSet::new();
    for seed in 0..24 {
        let World { mut fixture, mut random, policy, latest } = world(&pool, seed).await;
        let other = crate::simulated::policy(&mut random);
        let draft = crate::simulated::draft(&mut random);
        let following = RunPolicy { revision: RevisionPolicy::Following, ..policy };
        let (content, definition, policy) = match seed % 3 {
            0 => (Content::Draft(draft.clone()), draft, following),
            1 => (Content::Published(2), latest, other),
            _ => (Content::Draft(draft.clone()), draft, other),
        };
        let candidate = Candidate { content, policy, moves: None };
        let (before, limit) = (rows(&mut fixture).await, any_one_of(&mut random, &[1, 7, 20, 40, 1_000]));
        let previewed = whole(&mut fixture, &candidate, limit).await;
        assert_eq!(rows(&mut fixture).await, before, "nothing is written");
        put_run(&mut fixture.conn, &BY, &run_key("run"), &candidate.policy, &definition).await.unwrap();
        rejudge_all(&mut fixture).await;
        let after = rows(&mut fixture).await;
        effects.extend(hold_against(&previewed, &before, &after));
        fixture.forget().await;
    }
    let all = ["Down", "Gains", "Keeps", "Loses(Grace)", "Loses(Review)", "Loses(Revoked)", "Same", "Up"];
    assert_eq!(effects.into_iter().collect::<Vec<_>>(), all, "the simulation brings all that there is");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_is_the_same_however_it_is_portioned(pool: PgPool) {
    let World { mut fixture, policy, .. } = world(&pool, 4).await;
    let candidate =
        Candidate { content: Content::Draft(definition(&[1, 3])), policy, moves: Some(Whom::Everybody) };
    let at_once = whole(&mut fixture, &candidate, 1_000).await;
    assert!(at_once.affected.len() > 5, "{:?}", at_once.counts);
    for limit in [1, 3, 8, 40] {
        assert_eq!(whole(&mut fixture, &candidate, limit).await, at_once);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_writes_nothing_and_waits_for_nobody(pool: PgPool) {
    let World { mut fixture, policy, .. } = world(&pool, 5).await;
    let state = "SELECT ((SELECT sum(version) FROM learners) * 1000000 + (SELECT count(*) FROM outbox) * 1000
                 + (SELECT count(*) FROM completions))::bigint";
    let before = (fixture.digest().await, fixture.count(state).await);
    let mut other = pool.begin().await.unwrap();
    sqlx::query("UPDATE learners SET version = version + 1").execute(&mut *other).await.unwrap();
    sqlx::query("SET lock_timeout = '1s'").execute(&mut fixture.conn).await.unwrap();
    let candidate = Candidate { content: Content::Published(1), policy, moves: Some(Whom::Everybody) };
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    let portion =
        preview(conn, catalogue, &run_key("run"), &candidate, None, 1_000, hour(1_001)).await.unwrap();
    assert!(!portion.affected.is_empty());
    other.rollback().await.unwrap();
    let after = (fixture.digest().await, fixture.count(state).await);
    assert_eq!(after, before);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_draft_changes_nobody_in_a_pinned_run_and_a_migration_to_it_would(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let policy = RunPolicy::default();
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1, 2])).await.unwrap();
    fixture.enrol("run", 1).await;
    fixture.enrol("run", 2).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(2, 1, 10, true), passing(2, 2, 20, true)]).await;
    let published = Candidate { content: Content::Draft(definition(&[1])), policy, moves: None };
    let stays = whole(&mut fixture, &published, 10).await;
    assert_eq!(stays.counts, Counts { learners: 2, same: 1, keeps: 1, ..Counts::default() });
    assert_eq!(stays.affected, []);

    let moved = Candidate { moves: Some(Whom::On(1)), ..published.clone() };
    let moves = whole(&mut fixture, &moved, 10).await;
    assert_eq!(moves.counts, Counts { learners: 2, gains: 1, keeps: 1, ..Counts::default() });
    let why = &moves.affected[0].why;
    assert_eq!(
        (why.items[0].item.0.as_ref(), why.items[0].after),
        ("c2", None),
        "the course that falls away"
    );
    assert_eq!(
        whole(&mut fixture, &Candidate { moves: Some(Whom::On(2)), ..published }, 10).await.counts.learners,
        0
    );

    let wider = Candidate { content: Content::Draft(definition(&[1, 2, 3])), ..moved };
    let wider = whole(&mut fixture, &wider, 10).await;
    assert_eq!(wider.counts, Counts { learners: 2, keeps: 1, down: 1, ..Counts::default() });
    let kept = &wider.affected[1];
    assert_eq!((kept.effect, kept.after.revision, kept.after.completion.unwrap().1), (Effect::Keeps, 2, 1));
    assert_eq!(kept.why.missing[0].0.as_ref(), "c3");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_lost_completion_says_how_the_policy_takes_it(pool: PgPool) {
    let World { mut fixture, .. } = world(&pool, 0).await;
    for (who, prior_work) in [(101, true), (102, false)] {
        fixture.enrol("run", who).await;
        let late = if prior_work { 10 } else { 200 };
        fixture.apply((1..=3).map(|number| passing(who, number, late, true)).collect()).await;
    }
    let since = PriorWork::Since(hour(100).get());
    for (regression, loss) in [
        (Regression::Sticky, Effect::Keeps),
        (Regression::Revocable, Effect::Loses(Loss::Revoked)),
        (Regression::Grace { days: 3 }, Effect::Loses(Loss::Grace)),
        (Regression::Review, Effect::Loses(Loss::Review)),
    ] {
        let policy = RunPolicy { regression, prior_work: since, ..RunPolicy::default() };
        let candidate = Candidate { content: Content::Published(2), policy, moves: None };
        let previewed = whole(&mut fixture, &candidate, 1_000).await;
        let of = |who| previewed.affected.iter().find(|one| one.learner.get() == who);
        assert_eq!(of(101).unwrap().effect, loss);
        assert!(of(102).is_none(), "done after that date");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_digest_is_another_when_anything_that_counts_is_another(pool: PgPool) {
    let World { mut fixture, policy, .. } = world(&pool, 3).await;
    let policy = RunPolicy { revision: RevisionPolicy::Pinned, ..policy };
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1, 2, 3])).await.unwrap();
    rejudge_all(&mut fixture).await;
    fixture.enrol("run", 200).await;
    let draft = definition(&[3, 4]);
    let candidate = Candidate {
        content: Content::Draft(draft.clone()),
        policy: policy.clone(),
        moves: Some(Whom::Everybody),
    };
    let mut seen = vec![whole(&mut fixture, &candidate, 1_000).await.digest];
    // Published, the draft is what it was.
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &draft).await.unwrap();
    let published = Candidate { content: Content::Published(3), ..candidate.clone() };
    assert_eq!(whole(&mut fixture, &published, 1_000).await.digest, seen[0]);
    // What neither revision names is nothing to it.
    fixture.apply(vec![passing(200, 9, 400, true)]).await;
    assert_eq!(whole(&mut fixture, &published, 1_000).await.digest, seen[0]);

    fixture.apply(vec![passing(200, 1, 400, true)]).await;
    seen.push(whole(&mut fixture, &published, 1_000).await.digest);
    fixture.apply(vec![fact(200, 4, 401, FactValue::Override { granted: true, expires_at: None })]).await;
    seen.push(whole(&mut fixture, &published, 1_000).await.digest);
    fixture.wish("run", 200, Wish::Suspend, 402).await;
    seen.push(whole(&mut fixture, &published, 1_000).await.digest);
    fixture.enrol("run", 201).await;
    seen.push(whole(&mut fixture, &published, 1_000).await.digest);
    let lenient = RunPolicy { regression: Regression::Grace { days: 99 }, ..policy };
    seen.push(whole(&mut fixture, &Candidate { policy: lenient, ..published.clone() }, 1_000).await.digest);
    seen.push(whole(&mut fixture, &Candidate { moves: Some(Whom::On(2)), ..published }, 1_000).await.digest);
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), seen.len());
}

/// Record 0008: facts move the verdict of whoever has left, and nothing is told of them.
#[sqlx::test(migrator = "MIGRATOR")]
async fn whoever_has_left_gains_progress_and_no_completion(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let policy = RunPolicy::default();
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1, 2])).await.unwrap();
    let states = [Wish::Suspend, Wish::Withdraw, Wish::End];
    for (who, change) in (1..).zip(states) {
        fixture.enrol("run", who).await;
        fixture.apply(vec![passing(who, 1, 10, true)]).await;
        fixture.wish("run", who, change, 20).await;
    }
    let content = Content::Draft(definition(&[1]));
    let candidate = Candidate { content, policy, moves: Some(Whom::Everybody) };
    let previewed = whole(&mut fixture, &candidate, 2).await;
    let effects: Vec<_> = previewed.affected.iter().map(|one| one.effect).collect();
    assert_eq!(effects, [Effect::Gains, Effect::Up, Effect::Up], "the suspended one is told of");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_preview_does_not_go_on_in_a_run_that_is_another(pool: PgPool) {
    let World { mut fixture, policy, .. } = world(&pool, 6).await;
    let candidate = Candidate { content: Content::Published(1), policy, moves: Some(Whom::Everybody) };
    let (run, conn) = (run_key("run"), &mut fixture.conn);
    let catalogue = &mut fixture.catalogue;
    let first = preview(conn, catalogue, &run, &candidate, None, 5, hour(1_001)).await.unwrap();
    assert!(first.next.is_some());
    let strict = crate::fixture::policy(Regression::Grace { days: 99 });
    put_run(conn, &BY, &run, &strict, &definition(&[1, 2, 3])).await.unwrap();
    let second = preview(conn, catalogue, &run, &candidate, first.next, 5, hour(1_001)).await;
    assert!(matches!(second, Err(StoreError::WorldMoved(_))), "{second:?}");
    let unknown = Candidate { content: Content::Published(3), ..candidate };
    let refused = preview(conn, catalogue, &run, &unknown, None, 5, hour(1_001)).await;
    assert!(matches!(refused, Err(StoreError::UnknownRevision { revision: 3, .. })), "{refused:?}");
    let refused = preview(conn, catalogue, &run_key("none"), &unknown, None, 5, hour(1_001)).await;
    assert!(matches!(refused, Err(StoreError::UnknownRun(_))), "{refused:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_reason_names_twenty_items_and_counts_the_rest(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let policy = RunPolicy::default();
    let many: Vec<u8> = (1..=30).collect();
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &definition(&[1, 2])).await.unwrap();
    fixture.enrol("run", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    let candidate =
        Candidate { content: Content::Draft(definition(&many)), policy, moves: Some(Whom::Everybody) };
    let why = whole(&mut fixture, &candidate, 10).await.affected.remove(0).why;
    assert_eq!((why.items.len(), why.missing.len(), why.more), (20, 20, 8 + 8));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn time_alone_makes_no_other_digest(pool: PgPool) {
    let World { mut fixture, .. } = world(&pool, 0).await;
    let policy = RunPolicy {
        prior_work: PriorWork::Since(hour(290).get()),
        ..crate::fixture::policy(Regression::Grace { days: 7 })
    };
    let candidate = Candidate { content: Content::Published(2), policy, moves: None };
    let (conn, catalogue, run) = (&mut fixture.conn, &mut fixture.catalogue, run_key("run"));
    let early = preview(conn, catalogue, &run, &candidate, None, 1_000, hour(1_001)).await.unwrap();
    let late = preview(conn, catalogue, &run, &candidate, None, 1_000, hour(1_100)).await.unwrap();
    assert!(early.counts.grace > 0);
    assert_ne!(early.affected, late.affected, "graces end at another time");
    assert_eq!(early.digest, late.digest);
}
