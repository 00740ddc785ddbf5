//! A learner as of an earlier moment is as they were told to be then.

use lp_domain::{
    Achievement, Completion, EnrolmentState, FactValue, Regression, RevisionPolicy, RunPolicy, TimeStatus,
    Verdict,
};
use lp_progress_store::authoring::{put_run, rejudge_next};
use lp_progress_store::read::{LearnerRunDetail, get_learner_run, get_learner_run_as_of};
use lp_progress_store::{Again, MIGRATOR, Wish, merge_learners};
use serde_json::json;
use sqlx::{Connection as _, PgPool};

use crate::fixture::{BY, Fixture, course, definition, fact, hour, learner, passing, policy, run_key};

/// What must be the same.
#[derive(Debug, PartialEq)]
struct Told {
    enrolment: (EnrolmentState, i32),
    revisions: (i32, i32, bool),
    completion: Option<Completion>,
    verdict: Verdict,
    next: Option<String>,
    counted: String,
}

fn told(detail: LearnerRunDetail) -> Told {
    let LearnerRunDetail { run, verdict, counted, .. } = detail;
    Told {
        enrolment: (run.enrolment_state, run.attempt),
        revisions: (run.revision, run.latest_revision, run.update_available),
        completion: run.completion,
        verdict,
        next: run.next_item.map(|item| item.id),
        counted: format!("{counted:?}"),
    }
}

impl Fixture {
    async fn now(&mut self, run: &str, who: i64) -> Option<Told> {
        get_learner_run(&mut self.conn, who, run_key(run).as_str()).await.unwrap().map(told)
    }

    async fn then(&mut self, run: &str, who: i64, at: i64) -> Option<LearnerRunDetail> {
        get_learner_run_as_of(&mut self.conn, learner(who), run_key(run).as_str(), hour(at)).await.unwrap()
    }

    /// As if what was published, or merged, by now had been so at that hour.
    async fn date_back(&mut self, hours: i64) {
        for sql in [
            "UPDATE revisions SET published_at = $1 WHERE published_at > '2026-06-01'",
            "UPDATE learner_merges SET merged_at = $1 WHERE merged_at > '2026-06-01'",
        ] {
            sqlx::query(sql).bind(hour(hours).get()).execute(&mut self.conn).await.unwrap();
        }
    }

    async fn publish(&mut self, run: &str, policy: &RunPolicy, courses: &[u8], at: i64) {
        let mut tx = self.conn.begin().await.unwrap();
        put_run(&mut tx, &BY, &run_key(run), policy, &definition(courses)).await.unwrap();
        while rejudge_next(&mut tx, &mut self.catalogue, hour(at)).await.unwrap().is_some() {}
        tx.commit().await.unwrap();
        self.date_back(at).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_earlier_moment_is_answered_as_it_was_then(pool: PgPool) {
    let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    for (run, policy) in [
        ("sticky", policy(Regression::Sticky)),
        ("revocable", policy(Regression::Revocable)),
        ("grace", policy(Regression::Grace { days: 7 })),
        ("following", following),
    ] {
        let mut fixture = Fixture::new(&pool).await;
        fixture.date_back(0).await;
        let grade = FactValue::Grade { grade: 0.5.try_into().unwrap() };
        let mut seen = Vec::new();
        for at in 1..=12 {
            match at {
                1 => fixture.wish(run, 1, Wish::Enrol(Again::Resumed), at).await,
                2 => drop(fixture.apply_at(vec![passing(1, 1, at, true)], hour(at)).await),
                3 | 10 => drop(fixture.apply_at(vec![passing(1, 2, at, true)], hour(at)).await),
                4 => drop(fixture.apply_at(vec![passing(1, 2, at, false)], hour(at)).await),
                5 => fixture.publish(run, &policy, &[1, 2, 3], at).await,
                6 => fixture.wish(run, 1, Wish::Withdraw, at).await,
                7 => drop(fixture.apply_at(vec![fact(1, 3, at, grade.clone())], hour(at)).await),
                8 => fixture.wish(run, 1, Wish::Enrol(Again::Afresh), at).await,
                9 => {
                    let granted = FactValue::Override { granted: true, expires_at: None };
                    drop(fixture.apply_at(vec![fact(1, 3, at, granted)], hour(at)).await);
                }
                11 => fixture.publish(run, &policy, &[1, 2, 3, 4], at).await,
                _ => fixture.wish(run, 1, Wish::Suspend, at).await,
            }
            seen.push((at, fixture.now(run, 1).await.unwrap()));
        }
        assert!(seen.iter().any(|(_, told)| told.completion.is_some()));
        for (at, before) in seen {
            assert_eq!(told(fixture.then(run, 1, at).await.unwrap()), before, "{run} at {at}");
        }
        assert!(fixture.then(run, 1, 0).await.is_none(), "before the first enrolment");
        assert!(fixture.then(run, 2, 12).await.is_none());
        fixture.forget().await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_another_account_did_counts_from_its_merger_on(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date_back(0).await;
    fixture.wish("sticky", 2, Wish::Enrol(Again::Resumed), 1).await;
    fixture.apply_at(vec![passing(1, 1, 2, true)], hour(2)).await;
    let before = fixture.now("sticky", 2).await.unwrap();
    let mut tx = fixture.conn.begin().await.unwrap();
    merge_learners(&mut tx, &mut fixture.catalogue, &BY, (learner(1), learner(2)), hour(4)).await.unwrap();
    tx.commit().await.unwrap();
    fixture.date_back(4).await;
    let after = fixture.now("sticky", 2).await.unwrap();
    assert_ne!(before, after);
    fixture.apply_at(vec![passing(2, 2, 6, true)], hour(6)).await;
    let done = fixture.now("sticky", 2).await.unwrap();
    assert_eq!(done.counted.matches("Passing").count(), 2, "{}", done.counted);
    for (at, told_then) in [(3, before), (4, after), (6, done)] {
        assert_eq!(told(fixture.then("sticky", 2, at).await.unwrap()), told_then, "at {at}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_one_run_takes_counts_in_no_other_of_its_group_then_either(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date_back(0).await;
    let grouped = json!({ "exclusive_group": "either" });
    for (at, run) in [(1, "sticky"), (2, "revocable")] {
        fixture.judge_by(run, grouped.clone(), 0).await;
        fixture.wish(run, 1, Wish::Enrol(Again::Resumed), at).await;
    }
    let mut seen = Vec::new();
    for at in 3..=5 {
        match at {
            3 => drop(fixture.apply_at(vec![passing(1, 1, at, true)], hour(at)).await),
            4 => drop(fixture.apply_at(vec![passing(1, 2, at, true)], hour(at)).await),
            _ => fixture.wish("sticky", 1, Wish::Withdraw, at).await,
        }
        for run in ["sticky", "revocable"] {
            seen.push((at, run, fixture.now(run, 1).await.unwrap()));
        }
    }
    let completed: Vec<(i64, &str)> = seen
        .iter()
        .filter(|(.., told)| told.verdict.achievement == Achievement::Completed)
        .map(|(at, run, _)| (*at, *run))
        .collect();
    assert_eq!(completed, [(4, "sticky"), (5, "sticky"), (5, "revocable")]);
    for (at, run, before) in seen {
        // The completion is dated by its fact, but the world was told of it only as the other run was left; when, is not kept.
        let then = told(fixture.then(run, 1, at).await.unwrap());
        assert_eq!(Told { completion: None, ..then }, Told { completion: None, ..before }, "{run} at {at}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn in_a_run_that_has_closed_what_counts_is_what_was_there_then(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date_back(0).await;
    fixture.wish("revocable", 1, Wish::Enrol(Again::Resumed), 1).await;
    fixture.apply_at(vec![passing(1, 1, 2, true), passing(1, 2, 3, true)], hour(3)).await;
    // The second of January ends 48 hours into the year.
    sqlx::query("UPDATE runs SET schedule = '{\"closes\": \"2026-01-02\"}'")
        .execute(&mut fixture.conn)
        .await
        .unwrap();
    sqlx::query("UPDATE catalogue_version SET version = version + 1")
        .execute(&mut fixture.conn)
        .await
        .unwrap();
    fixture.apply_at(vec![passing(1, 1, 50, false)], hour(50)).await;
    let now = fixture.now("revocable", 1).await.unwrap();
    assert_eq!(now.verdict.achievement, Achievement::Completed);
    assert_eq!(now.counted.matches("Passing").count(), 2, "{}", now.counted);
    for at in [3, 47, 48, 50, 100] {
        let then = fixture.then("revocable", 1, at).await.unwrap();
        assert_eq!(then.run.time.status, TimeStatus::NoDate);
        assert_eq!(told(then), now, "{at}");
    }
    assert_eq!(fixture.then("revocable", 1, 2).await.unwrap().run.achievement, Achievement::InProgress);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_fact_that_came_late_counts_from_its_date_on_and_the_version_says_so(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date_back(0).await;
    fixture.wish("sticky", 1, Wish::Enrol(Again::Resumed), 1).await;
    let before = fixture.then("sticky", 1, 5).await.unwrap();
    assert_eq!(fixture.then("sticky", 1, 5).await.unwrap().version, before.version);
    assert_ne!(fixture.then("sticky", 1, 6).await.unwrap().version, before.version);
    fixture.apply(vec![passing(1, 1, 5, true), passing(1, 2, 6, true)]).await;
    let after = fixture.then("sticky", 1, 5).await.unwrap();
    assert_ne!(after.version, before.version);
    let done: Vec<bool> = after.verdict.items.iter().map(|item| item.completed_at.is_some()).collect();
    assert_eq!(done, [true, false], "what is dated exactly then counts, what is later does not");
    assert_eq!(after.run.updated_at, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_next_item_is_where_it_can_be_taken_and_none_for_who_is_not_learning(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    let next = async |fixture: &mut Fixture| {
        let run =
            get_learner_run(&mut fixture.conn, 1, run_key("sticky").as_str()).await.unwrap().unwrap().run;
        let listed = lp_progress_store::read::list_learner_runs(&mut fixture.conn, 1, None, None, 10);
        assert_eq!(listed.await.unwrap()[0].next_item, run.next_item, "the list says the same");
        run.next_item.map(|item| item.context_key.to_string())
    };
    assert_eq!(next(&mut fixture).await, Some(course(1)));
    sqlx::query("INSERT INTO unavailable_contexts (context_key, reason) VALUES ($1, 'gone')")
        .bind(course(1))
        .execute(&mut fixture.conn)
        .await
        .unwrap();
    assert_eq!(next(&mut fixture).await, Some(course(2)));
    fixture.wish("sticky", 1, Wish::Suspend, 2).await;
    assert_eq!(next(&mut fixture).await, None);
    fixture.wish("sticky", 1, Wish::Resume, 3).await;
    fixture.apply(vec![passing(1, 1, 4, true), passing(1, 2, 5, true)]).await;
    assert_eq!(next(&mut fixture).await, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_pinned_learner_is_told_of_an_update_and_a_following_one_has_it(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.enrol("following", 1).await;
    assert_eq!(fixture.now("sticky", 1).await.unwrap().revisions, (1, 1, false));
    let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    fixture.publish("sticky", &RunPolicy::default(), &[1], 5).await;
    fixture.publish("following", &following, &[1], 5).await;
    assert_eq!(fixture.now("sticky", 1).await.unwrap().revisions, (1, 2, true));
    assert_eq!(fixture.now("following", 1).await.unwrap().revisions, (2, 2, false));
}
