//! Awards that are early, expire and are renewed, driven by a clock of the test's own.

use lp_domain::{RunKey, RunPolicy};
use lp_progress_store::authoring::{RunEdit, edit_run, get_run, rejudge_next};
use lp_progress_store::{MIGRATOR, rebuild};
use serde_json::json;
use sqlx::{Connection as _, PgPool};

use crate::fixture::{BY, Fixture, hour, passing, run_key};

impl Fixture {
    /// Gives a run a policy, and judges its learners anew.
    pub(crate) async fn judge_by(&mut self, run: &str, policy: serde_json::Value, now: i64) {
        let key: RunKey = run_key(run);
        let policy: RunPolicy = serde_json::from_value(policy).unwrap();
        let mut tx = self.conn.begin().await.unwrap();
        let known = get_run(&mut tx, &key).await.unwrap().unwrap();
        let edit = RunEdit { policy: Some(policy), ..RunEdit::default() };
        edit_run(&mut tx, &BY, &key, &edit, known.version).await.unwrap();
        while rejudge_next(&mut tx, &mut self.catalogue, hour(now)).await.unwrap().is_some() {}
        tx.commit().await.unwrap();
    }

    /// All that is kept of awards: period, sequence, state of the award, and how often a change of it was told.
    async fn awards(&mut self) -> Vec<(i32, i32, String, i32)> {
        sqlx::query_as(
            "SELECT period, sequence, award, changes FROM completions ORDER BY learner_id, period, sequence",
        )
        .fetch_all(&mut self.conn)
        .await
        .unwrap()
    }
}

fn award(period: i32, sequence: i32, award: &str, changes: i32) -> (i32, i32, String, i32) {
    (period, sequence, award.to_owned(), changes)
}

fn ten_days() -> serde_json::Value {
    json!({ "validity": { "lasts": { "for": { "period": { "days": 10 } } } } })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn l_an_award_expires_by_itself_and_that_is_told_once_whatever_crashes(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.judge_by("sticky", ten_days(), 0).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply_at(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)], hour(21)).await;
    assert_eq!(fixture.fire(hour(21)).await, 1, "whether it is renewed already is looked at again");
    assert_eq!(fixture.awards().await, [award(1, 1, "valid", 1)]);
    let expires = hour(11 * 24);
    assert_eq!(fixture.next().await, Some(expires));
    let mut crashed = fixture.conn.begin().await.unwrap();
    lp_progress_store::fire_timers(&mut crashed, &mut fixture.catalogue, expires, 10).await.unwrap();
    crashed.rollback().await.unwrap();
    assert_eq!((fixture.fire(expires).await, fixture.fire(expires).await), (1, 0));
    assert_eq!(fixture.awards().await, [award(1, 1, "expired", 2)]);
    assert_eq!(fixture.told_in_short().await, ["completed", "completion.changed", "completion.changed"]);
    assert_eq!(fixture.completions().await, ["valid"], "the completion stays");
    assert_eq!(fixture.next().await, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn l_work_in_the_window_renews_and_facts_in_one_batch_renew_as_those_in_many(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.judge_by("sticky", ten_days(), 0).await;
    let days = |who, first: i64, second: i64, third: i64| {
        let day = |number, day: i64| passing(who, number, day * 24, true);
        [first, second, third].map(|at| vec![day(1, at), day(2, at)])
    };
    fixture.enrol("sticky", 1).await;
    fixture.enrol("sticky", 2).await;
    for (facts, now) in days(1, 1, 5, 8).into_iter().zip([2, 6, 9]) {
        fixture.apply_at(facts, hour(now * 24)).await;
    }
    fixture.apply_at(days(2, 1, 5, 8).concat(), hour(9 * 24)).await;
    while fixture.fire(hour(9 * 24)).await > 0 {}
    let renewed = [award(1, 1, "valid", 1), award(2, 1, "valid", 1), award(3, 1, "valid", 1)];
    assert_eq!(fixture.awards().await, [renewed.clone(), renewed].concat());
    let told: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT count(*), count(DISTINCT completion_id), count(DISTINCT renews) FROM completions",
    )
    .fetch_all(&mut fixture.conn)
    .await
    .unwrap();
    assert_eq!(told, [(6, 6, 4)]);
    let before = fixture.told_in_short().await;
    let mut tx = fixture.conn.begin().await.unwrap();
    let (_, differences) = rebuild(&mut tx, &mut fixture.catalogue, 0, 10, hour(9 * 24)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((differences, fixture.told_in_short().await), (vec![], before), "a rebuild tells nothing");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn l_what_renewed_an_award_may_fall_away_and_the_first_stays(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let mut policy = ten_days();
    policy["regression"] = json!("revocable");
    fixture.judge_by("revocable", policy, 0).await;
    fixture.enrol("revocable", 1).await;
    fixture.apply_at(vec![passing(1, 1, 24, true), passing(1, 2, 24, true)], hour(25)).await;
    fixture.apply_at(vec![passing(1, 1, 48, true), passing(1, 2, 48, true)], hour(49)).await;
    fixture.apply_at(vec![passing(1, 2, 72, false)], hour(73)).await;
    assert_eq!(fixture.awards().await, [award(1, 1, "valid", 1), award(2, 1, "revoked", 1)]);
    fixture.apply_at(vec![passing(1, 2, 96, true)], hour(97)).await;
    assert_eq!(
        fixture.awards().await,
        [award(1, 1, "valid", 1), award(2, 1, "revoked", 1), award(2, 2, "valid", 1)]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn l_what_was_renewed_stays_when_awards_are_not_renewed_any_more(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let mut policy = ten_days();
    policy["regression"] = json!("revocable");
    fixture.judge_by("revocable", policy, 0).await;
    fixture.enrol("revocable", 1).await;
    for hours in [24, 48] {
        let again = vec![passing(1, 1, hours, true), passing(1, 2, hours, true)];
        fixture.apply_at(again, hour(hours + 1)).await;
    }
    fixture.judge_by("revocable", json!({ "regression": "revocable" }), 60).await;
    assert_eq!(fixture.awards().await, [award(1, 1, "valid", 1), award(2, 1, "valid", 1)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn x_an_award_that_is_available_later_is_told_early_and_then_valid(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let policy = json!({ "validity": { "time_zone": "Europe/Paris", "available_from": "2026-02-01" } });
    fixture.judge_by("sticky", policy, 0).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply_at(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)], hour(21)).await;
    assert_eq!(fixture.completions().await, ["valid"], "the path is completed at once");
    assert_eq!(fixture.awards().await, [award(1, 1, "not_yet_valid", 1)]);
    let from = hour(31 * 24 - 1);
    assert_eq!(fixture.next().await, Some(from));
    fixture.fire(from).await;
    assert_eq!(fixture.awards().await, [award(1, 1, "valid", 2)]);
    assert_eq!(fixture.next().await, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_validity_leaves_what_was_told(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply_at(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)], hour(21)).await;
    assert_eq!(fixture.awards().await, [award(1, 1, "valid", 0)], "of a plain award nothing more is told");
    fixture.judge_by("sticky", ten_days(), 30).await;
    fixture.apply_at(vec![passing(1, 1, 48, true), passing(1, 2, 48, true)], hour(49)).await;
    assert_eq!((fixture.awards().await, fixture.next().await), (vec![award(1, 1, "valid", 0)], None));
}
