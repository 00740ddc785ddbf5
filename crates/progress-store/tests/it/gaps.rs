//! Facts held against what the LMS has.

use std::collections::BTreeMap;

use lp_domain::{FactKind, FactValue, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::gaps::{
    GapFilter, GapFinding, GapProgress, GapState, NewGapCheck, Told, WantedPairs, cancel_gap_check,
    create_gap_check, gap_findings, gap_progress, get_gap_check, heal_gap_check, heal_next, keep_told,
    next_pairs, start_gap_check,
};
use lp_progress_store::{MIGRATOR, Wish, identities, merge_learners, rebuild};
use sqlx::{Connection as _, PgPool};
use uuid::Uuid;

use crate::fixture::{BY, Fixture, course, fact, hour, learner, passing, run_key};

const CHECK: Uuid = Uuid::from_u128(7);

fn told(at: i64, value: FactValue) -> Told {
    Told { seen_at: hour(at), value }
}

fn passes(yes: bool) -> FactValue {
    FactValue::Passing { passing: yes }
}

fn grade(grade: f64) -> FactValue {
    FactValue::Grade { grade: grade.try_into().unwrap() }
}

impl Fixture {
    /// Asks for a check of a run, and begins it.
    async fn check(&mut self, run: &str, settle_seconds: u32, sample: Option<u32>, heal: bool) {
        let new = NewGapCheck { check_id: CHECK, run: run_key(run), sample, settle_seconds, heal };
        create_gap_check(&mut self.conn, &BY, &new).await.unwrap();
        assert!(start_gap_check(&mut self.conn, &mut self.catalogue).await.unwrap());
    }

    async fn wanted(&mut self, now: Timestamp) -> Option<WantedPairs> {
        next_pairs(&mut self.conn, 100, now).await.unwrap()
    }

    /// Everybody who waits in the first course, who come in no order.
    async fn waiting(&mut self, now: Timestamp) -> Vec<i64> {
        let wanted = self.wanted(now).await.into_iter().flat_map(|wanted| wanted.learners);
        let mut learners: Vec<i64> = wanted.map(|one| one.learner.get()).collect();
        learners.sort_unstable();
        learners
    }

    async fn tell(&mut self, who: i64, of: u8, told: &[Told], now: Timestamp) -> Vec<FactKind> {
        let course = course(of).try_into().unwrap();
        let pair = (CHECK, &course, learner(who));
        let mut tx = self.conn.begin().await.unwrap();
        let gaps = keep_told(&mut tx, &mut self.catalogue, pair, told, now).await.unwrap();
        tx.commit().await.unwrap();
        gaps
    }

    /// Records what there is to record; how many facts that were.
    async fn heal(&mut self) -> u64 {
        let mut facts = 0;
        loop {
            let mut tx = self.conn.begin().await.unwrap();
            let healed = heal_next(&mut tx, &mut self.catalogue, hour(3_000)).await.unwrap();
            tx.commit().await.unwrap();
            match healed {
                Some(healed) => facts += healed.facts,
                None => return facts,
            }
        }
    }

    async fn progress_of_check(&mut self) -> (GapState, GapProgress) {
        let check = get_gap_check(&mut self.conn, None, CHECK).await.unwrap().unwrap();
        (check.state, gap_progress(&mut self.conn, CHECK).await.unwrap())
    }

    async fn findings(&mut self) -> Vec<GapFinding> {
        let after = (0, String::new(), String::new());
        gap_findings(&mut self.conn, CHECK, &GapFilter::default(), &after, 100).await.unwrap()
    }

    async fn is_right(&mut self) -> bool {
        let mut tx = self.conn.begin().await.unwrap();
        let (_, differences) = rebuild(&mut tx, &mut self.catalogue, 0, 100, hour(3_000)).await.unwrap();
        tx.rollback().await.unwrap();
        differences.is_empty()
    }
}

/// Now, by the database's clock, as pairs are looked at from the moment they are chosen.
fn now() -> Timestamp {
    Timestamp::try_from(chrono::Utc::now() + chrono::TimeDelta::minutes(1)).unwrap()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_lms_has_and_facts_do_not_say_is_found_and_recorded_once(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.enrol("sticky", 2).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(2, 1, 10, true), passing(2, 2, 20, true)]).await;
    fixture.check("sticky", 0, None, true).await;
    assert_eq!(fixture.waiting(now()).await, [1, 2]);
    let both = [told(100, passes(true)), told(101, grade(0.8))];
    assert_eq!(fixture.tell(1, 1, &both, now()).await, [FactKind::Grade]);
    assert_eq!(fixture.tell(1, 2, &both, now()).await, [FactKind::Passing, FactKind::Grade]);
    assert_eq!(fixture.tell(2, 1, &[told(100, passes(true)), told(100, grade(0.0))], now()).await, []);
    assert_eq!(fixture.tell(2, 2, &[told(100, passes(true))], now()).await, []);
    assert_eq!(fixture.progress_of_check().await.0, GapState::Running, "nothing is recorded yet");
    // Whoever dies over it does it again, and the same.
    let mut tx = fixture.conn.begin().await.unwrap();
    assert_eq!(heal_next(&mut tx, &mut fixture.catalogue, hour(3_000)).await.unwrap().unwrap().facts, 3);
    tx.rollback().await.unwrap();
    assert_eq!(fixture.heal().await, 3);
    assert_eq!(fixture.told_in_short().await, ["completed", "completed"]);
    let (state, progress) = fixture.progress_of_check().await;
    assert_eq!(state, GapState::Done);
    assert_eq!((progress.total, progress.done), (4, 4));
    assert_eq!(progress.outcomes, [("different".to_owned(), 2), ("same".to_owned(), 2)]);
    let counts: BTreeMap<_, _> =
        progress.gaps.iter().map(|one| (one.kind.as_str(), (one.found, one.healed))).collect();
    assert_eq!(counts, [("grade", (2, 2)), ("passing", (1, 1))].into());
    let findings = fixture.findings().await;
    let healed = findings.iter().find(|one| one.kind == "passing").unwrap();
    assert_eq!((healed.learner_id, healed.context_key.clone(), healed.held.is_none()), (1, course(2), true));
    assert_eq!((healed.told.0.clone(), healed.outcome.as_deref()), (passes(true), Some("healed")));
    let signed: Vec<(String, String, String)> =
        sqlx::query_as("SELECT actor, reason, evidence FROM fact_sources WHERE event_id = $1")
            .bind(healed.fact_id)
            .fetch_all(&mut fixture.conn)
            .await
            .unwrap();
    let expected = ("user:1", "as the LMS's REST API had it", format!("gap-check:{CHECK}"));
    assert_eq!(signed, [(expected.0.to_owned(), expected.1.to_owned(), expected.2)]);
    assert!(fixture.is_right().await);
    // Asked again, there is nothing to record.
    assert!(heal_gap_check(&mut fixture.conn, &BY, None, CHECK).await.unwrap());
    assert_eq!((fixture.heal().await, fixture.progress_of_check().await.0), (0, GapState::Done));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_recorded_gap_wins_over_older_events_and_never_over_newer_ones(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in [1, 2] {
        fixture.enrol("sticky", who).await;
    }
    fixture.check("sticky", 0, None, true).await;
    for who in [1, 2] {
        fixture.tell(who, 1, &[told(100, passes(true))], now()).await;
    }
    assert_eq!(fixture.heal().await, 2);
    fixture.apply(vec![passing(1, 1, 99, false), passing(2, 1, 101, false)]).await;
    let known: Vec<(bool,)> =
        sqlx::query_as("SELECT (state #>> '{p,l,v}')::boolean FROM facts ORDER BY learner_id")
            .fetch_all(&mut fixture.conn)
            .await
            .unwrap();
    assert_eq!(known, [(true,), (false,)]);
    assert!(fixture.is_right().await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_an_event_has_said_by_the_time_of_healing_is_left_alone(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.check("sticky", 0, None, false).await;
    let found = fixture.tell(1, 1, &[told(100, passes(true)), told(100, grade(0.8))], now()).await;
    assert_eq!(found.len(), 2);
    fixture.tell(1, 2, &[], now()).await;
    assert_eq!(
        (fixture.heal().await, fixture.progress_of_check().await.0),
        (0, GapState::Done),
        "nobody asked"
    );
    // The same, later; and something else, newer.
    fixture.apply(vec![passing(1, 1, 90, true), fact(1, 1, 110, grade(0.9))]).await;
    let by = By { actor: "user:9", ..BY };
    assert!(heal_gap_check(&mut fixture.conn, &by, None, CHECK).await.unwrap());
    assert_eq!(fixture.progress_of_check().await.0, GapState::Running);
    assert_eq!((fixture.heal().await, fixture.progress_of_check().await.0), (0, GapState::Done));
    let outcomes: Vec<_> = fixture.findings().await.into_iter().map(|one| one.outcome.unwrap()).collect();
    assert_eq!(outcomes, ["overtaken", "overtaken"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_differs_is_looked_at_again_before_it_is_a_gap(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in 1..=3 {
        fixture.enrol("sticky", who).await;
    }
    fixture.check("sticky", 600, None, false).await;
    for who in 1..=3 {
        assert_eq!(fixture.tell(who, 1, &[told(100, passes(true)), told(100, grade(0.6))], now()).await, []);
        fixture.tell(who, 2, &[], now()).await;
    }
    assert_eq!(fixture.wanted(now()).await, None, "they are left alone for a while");
    let later = Timestamp::try_from(now().get() + chrono::TimeDelta::seconds(660)).unwrap();
    assert_eq!(fixture.waiting(later).await, [1, 2, 3]);
    // The event came; the LMS says another grade; the LMS takes it back.
    fixture.apply(vec![passing(1, 1, 99, true), fact(1, 1, 99, grade(0.6))]).await;
    assert_eq!(fixture.tell(1, 1, &[told(200, passes(true)), told(200, grade(0.6))], later).await, []);
    let moved = [told(200, passes(true)), told(200, grade(0.7))];
    assert_eq!(fixture.tell(2, 1, &moved, later).await, [FactKind::Passing]);
    let other = [FactValue::Enrolment { active: true, mode: "audit".into() }];
    assert_eq!(fixture.tell(3, 1, &other.map(|value| told(200, value)), later).await, []);
    let (state, progress) = fixture.progress_of_check().await;
    let outcomes = [("different", 1), ("moving", 1), ("same", 4)];
    assert_eq!(progress.outcomes, outcomes.map(|(word, pairs)| (word.to_owned(), pairs)));
    assert_eq!(state, GapState::Done);
    assert_eq!(fixture.findings().await[0].seen_at, hour(200).get());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_grade_that_the_bus_does_not_tell_is_a_gap_only_where_an_item_counts_by_it(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let by_grade = serde_json::json!({ "items": [
        { "id": "a", "key": course(1), "title": "T", "criterion": { "any_of": ["passed", { "grade": 0.3 }] } },
        { "id": "b", "key": course(2), "title": "T" },
    ], "requirement": { "all_of": [{ "item": "a" }, { "item": "b" }] } });
    let definition = serde_json::from_value(by_grade).unwrap();
    let run = run_key("graded");
    lp_progress_store::authoring::put_run(&mut fixture.conn, &BY, &run, &RunPolicy::default(), &definition)
        .await
        .unwrap();
    fixture.enrol("graded", 1).await;
    fixture.check("graded", 0, None, false).await;
    let told = [told(100, passes(false)), told(100, grade(0.4))];
    assert_eq!(fixture.tell(1, 1, &told, now()).await, [FactKind::Grade]);
    assert_eq!(fixture.tell(1, 2, &told, now()).await, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whoever_is_in_the_run_is_looked_at_with_the_accounts_that_were_theirs(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in 1..=6 {
        fixture.enrol("sticky", who).await;
    }
    fixture.wish("sticky", 2, Wish::Suspend, 1).await;
    fixture.wish("sticky", 3, Wish::Withdraw, 1).await;
    let mut tx = fixture.conn.begin().await.unwrap();
    identities::retire(&mut tx, &BY, None, learner(4), "somebody", hour(2)).await.unwrap();
    merge_learners(&mut tx, &mut fixture.catalogue, &BY, (learner(5), learner(6)), hour(2)).await.unwrap();
    tx.commit().await.unwrap();
    fixture.check("sticky", 0, None, true).await;
    assert_eq!(fixture.waiting(now()).await, [1, 2, 5, 6]);
    // What the other account did counts for the one that is left.
    fixture.tell(5, 1, &[told(100, passes(true))], now()).await;
    fixture.tell(6, 2, &[told(100, passes(true))], now()).await;
    // Who retires meanwhile is asked for no more, and nothing is recorded of them.
    fixture.tell(1, 1, &[told(100, passes(true))], now()).await;
    let mut tx = fixture.conn.begin().await.unwrap();
    identities::retire(&mut tx, &BY, None, learner(1), "somebody", hour(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.heal().await, 2);
    assert_eq!(fixture.told_in_short().await, ["learner.retired", "learner.retired", "completed"]);
    assert_eq!(fixture.findings().await[0].outcome.as_deref(), Some("unknown_learner"));
    for who in [2, 6] {
        fixture.tell(who, 1, &[], now()).await;
    }
    let wanted = fixture.wanted(now()).await.unwrap();
    let retired: Vec<_> = wanted.learners.iter().filter(|one| one.is_retired).collect();
    assert_eq!((retired.len(), retired[0].learner), (1, learner(1)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_sample_is_as_large_as_it_was_asked_for_and_a_cancelled_check_asks_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in 1..=20 {
        fixture.enrol("sticky", who).await;
    }
    fixture.check("sticky", 0, Some(3), false).await;
    assert_eq!(fixture.progress_of_check().await.1.total, 6);
    let new = NewGapCheck {
        check_id: Uuid::from_u128(8),
        run: run_key("sticky"),
        sample: None,
        settle_seconds: 0,
        heal: false,
    };
    let refused = create_gap_check(&mut fixture.conn, &BY, &new).await.unwrap_err();
    assert!(refused.to_string().contains("already"), "{refused}");
    let who = fixture.waiting(now()).await[0];
    assert_eq!(fixture.tell(who, 1, &[told(100, passes(true))], now()).await, [FactKind::Passing]);
    assert!(cancel_gap_check(&mut fixture.conn, &BY, Some(&["Org".into()]), CHECK).await.unwrap());
    assert!(!cancel_gap_check(&mut fixture.conn, &BY, Some(&["Other".into()]), CHECK).await.unwrap());
    let other = fixture.tell(who, 2, &[told(100, passes(true))], now()).await;
    assert_eq!((other, fixture.wanted(now()).await), (vec![], None), "an answer that comes late is dropped");
    let (state, progress) = fixture.progress_of_check().await;
    assert_eq!(state, GapState::Cancelled);
    let outcomes = [("cancelled", 5), ("different", 1)];
    assert_eq!(progress.outcomes, outcomes.map(|(word, pairs)| (word.to_owned(), pairs)));
    heal_gap_check(&mut fixture.conn, &BY, None, CHECK).await.unwrap_err();
    create_gap_check(&mut fixture.conn, &BY, &new).await.unwrap();
}
