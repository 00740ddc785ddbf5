//! What time alone changes, driven by a clock of the test's own.

use lp_domain::{ContextFacts, FactValue, RunKey, Schedule, Timestamp};
use lp_progress_store::authoring::{RunEdit, edit_run, get_run, rejudge_next};
use lp_progress_store::{Again, Answer, MIGRATOR, Refusal, Wish, fire_timers, rebuild};
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgPool};

use crate::fixture::{BY, Fixture, fact, hour, passing, run_key, wish};

impl Fixture {
    /// Gives a run dates, and judges its learners anew.
    async fn date(&mut self, run: &str, schedule: serde_json::Value, now: i64) {
        let key: RunKey = run_key(run);
        let mut tx = self.conn.begin().await.unwrap();
        let known = get_run(&mut tx, &key).await.unwrap().unwrap();
        let edit = RunEdit { schedule: Some(Schedule::read(schedule).unwrap()), ..RunEdit::default() };
        edit_run(&mut tx, &BY, &key, &edit, known.version).await.unwrap();
        while rejudge_next(&mut tx, &mut self.catalogue, hour(now)).await.unwrap().is_some() {}
        tx.commit().await.unwrap();
    }

    /// Fires what is due; says how many learners.
    pub(crate) async fn fire(&mut self, now: Timestamp) -> usize {
        let mut tx = self.conn.begin().await.unwrap();
        let (fired, _) = fire_timers(&mut tx, &mut self.catalogue, now, 10).await.unwrap();
        tx.commit().await.unwrap();
        fired
    }

    /// When the next timer fires.
    pub(crate) async fn next(&mut self) -> Option<Timestamp> {
        let next: Option<chrono::DateTime<chrono::Utc>> =
            sqlx::query_scalar("SELECT min(look_at) FROM timers").fetch_one(&mut self.conn).await.unwrap();
        next.map(|at| Timestamp::try_from(at).unwrap())
    }

    /// How learners stand, by learner and run.
    async fn statuses(&mut self) -> Vec<String> {
        sqlx::query_scalar("SELECT status FROM timers ORDER BY learner_id, run_id")
            .fetch_all(&mut self.conn)
            .await
            .unwrap()
    }

    /// How often the world was told of a date.
    async fn told(&mut self) -> i64 {
        self.count("SELECT count(*) FROM outbox WHERE event_type LIKE '%time_status%'").await
    }
}

fn summer() -> serde_json::Value {
    // The night of 28 to 29 March has no second hour in Paris.
    json!({ "time_zone": "Europe/Paris", "due": { "on": "2026-03-29" }, "due_soon_days": 14, "closes": "2028-10-29" })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn years_pass_and_each_moment_is_told_once_whatever_crashes(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("sticky", summer(), 0).await;
    fixture.enrol("sticky", 1).await;
    let mut seen = Vec::new();
    while let Some(at) = fixture.next().await {
        let mut crashed = fixture.conn.begin().await.unwrap();
        assert_eq!(fire_timers(&mut crashed, &mut fixture.catalogue, at, 10).await.unwrap().0, 1);
        crashed.rollback().await.unwrap();
        let told = fixture.told().await;
        assert_eq!(fixture.fire(at).await, 1);
        assert_eq!(fixture.fire(at).await, 0, "once");
        assert_eq!(fixture.told().await, told + 1);
        seen.push((at.get().to_rfc3339(), fixture.statuses().await.remove(0)));
    }
    let seen: Vec<(&str, &str)> = seen.iter().map(|(at, status)| (at.as_str(), status.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("2026-03-15T23:00:00+00:00", "due_soon"),
            ("2026-03-29T22:00:00+00:00", "overdue"),
            ("2028-10-29T23:00:00+00:00", "closed"),
        ]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_learner_whom_somebody_else_judges_is_left_for_later(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("sticky", json!({ "closes": "2026-01-02" }), 0).await;
    fixture.enrol("sticky", 1).await;
    let mut other = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM learners FOR UPDATE").execute(&mut *other).await.unwrap();
    assert_eq!(fixture.fire(hour(48)).await, 0);
    other.rollback().await.unwrap();
    assert_eq!(fixture.fire(hour(48)).await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_done_after_closing_does_not_count_and_what_comes_late_does(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("sticky", json!({ "closes": "2026-01-10T00:00" }), 0).await;
    let closes = 9 * 24;
    for who in [1, 2, 3] {
        fixture.enrol("sticky", who).await;
        fixture.apply_at(vec![passing(who, 1, 10, true)], hour(11)).await;
    }
    // On a clock that is ahead of ours, it is after closing already.
    fixture.apply_at(vec![passing(3, 2, closes, true)], hour(closes - 1)).await;
    assert_eq!(fixture.fire(hour(closes)).await, 3);
    let after = fixture.apply_at(vec![passing(1, 2, closes, true)], hour(closes + 1)).await;
    assert_eq!((after.new_facts, after.completed), (1, 0));
    let late = fixture.apply_at(vec![passing(2, 2, closes - 1, true)], hour(closes + 2)).await;
    assert_eq!(late.completed, 1);
    assert_eq!(fixture.statuses().await, ["closed", "no_date", "closed"]);
    let mut tx = fixture.conn.begin().await.unwrap();
    let (_, differences) = rebuild(&mut tx, &mut fixture.catalogue, 0, 10, hour(closes + 3)).await.unwrap();
    assert_eq!(differences, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_later_closing_lets_count_what_was_done_meanwhile(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("sticky", json!({ "closes": "2026-01-02" }), 0).await;
    fixture.enrol("sticky", 1).await;
    fixture.fire(hour(48)).await;
    let after = vec![passing(1, 1, 50, true), passing(1, 2, 60, true)];
    assert_eq!(fixture.apply_at(after, hour(61)).await.completed, 0);
    fixture.date("sticky", json!({ "closes": "2026-02-02" }), 70).await;
    assert_eq!(fixture.completions().await, ["valid"]);
    assert_eq!(fixture.next().await, None, "nothing is left to wait for");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_extension_is_told_and_so_is_its_end(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    assert_eq!((fixture.told().await, fixture.next().await), (0, None), "no dates, no timer");
    let due = |day: &str| json!({ "due": { "on": day }, "due_soon_days": 1 });
    fixture.date("sticky", due("2026-01-02"), 1).await;
    fixture.fire(hour(48)).await;
    fixture.date("sticky", due("2026-01-09"), 49).await;
    assert_eq!(fixture.statuses().await, ["on_time"]);
    fixture.date("sticky", due("2026-01-02"), 50).await;
    assert_eq!(fixture.statuses().await, ["overdue"]);
    assert_eq!(fixture.told().await, 3, "overdue, on time, and overdue again by the same date");
    fixture.apply_at(vec![passing(1, 1, 50, true), passing(1, 2, 60, true)], hour(61)).await;
    assert_eq!(fixture.statuses().await, ["overdue"], "completed late");
    assert_eq!((fixture.told().await, fixture.next().await), (3, None));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_attempt_has_its_own_due_date_and_whoever_has_left_none(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("sticky", json!({ "due": { "after": { "days": 10 } }, "due_soon_days": 3 }), 0).await;
    fixture.enrol("sticky", 1).await;
    assert_eq!(fixture.next().await, Some(hour(8 * 24)));
    fixture.wish("sticky", 1, Wish::Withdraw, 24).await;
    assert_eq!(fixture.next().await, None);
    fixture.wish("sticky", 1, Wish::Enrol(Again::Resumed), 30 * 24).await;
    assert_eq!((fixture.statuses().await, fixture.told().await), (vec!["overdue".to_owned()], 1));
    fixture.wish("sticky", 1, Wish::Withdraw, 31 * 24).await;
    fixture.wish("sticky", 1, Wish::Enrol(Again::Afresh), 40 * 24).await;
    assert_eq!(fixture.statuses().await, ["on_time"]);
    assert_eq!(fixture.next().await, Some(hour((40 + 8) * 24)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_override_ends_by_itself(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("revocable", 1).await;
    let vouched = FactValue::Override { granted: true, expires_at: Some(hour(500)) };
    fixture.apply_at(vec![passing(1, 1, 10, true), fact(1, 2, 20, vouched)], hour(21)).await;
    assert_eq!(fixture.completions().await, ["valid"]);
    assert_eq!(fixture.next().await, Some(hour(500)));
    fixture.fire(hour(499)).await;
    assert_eq!(fixture.completions().await, ["valid"]);
    fixture.fire(hour(500)).await;
    assert_eq!((fixture.completions().await, fixture.next().await), (vec!["revoked".to_owned()], None));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_override_that_stands_as_the_run_closes_stands(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.date("revocable", json!({ "closes": "2026-01-10T00:00" }), 0).await;
    fixture.enrol("revocable", 1).await;
    let vouched = FactValue::Override { granted: true, expires_at: Some(hour(500)) };
    fixture.apply_at(vec![passing(1, 1, 10, true), fact(1, 2, 20, vouched)], hour(21)).await;
    fixture.fire(hour(501)).await;
    let mut tx = fixture.conn.begin().await.unwrap();
    rebuild(&mut tx, &mut fixture.catalogue, 0, 10, hour(502)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.completions().await, ["valid"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn dates_bind_who_enrols_themselves_and_the_closing_binds_all(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let dates =
        json!({ "enrolment_opens": "2026-01-02", "enrolment_closes": "2026-01-03", "closes": "2026-01-05" });
    fixture.date("sticky", dates, 0).await;
    let (by_manager, by_learner) = (Wish::Enrol(Again::Resumed), Wish::EnrolOneself(Again::Resumed));
    for (who, what, at, refusal) in [
        (1, by_learner, 23, Some(Refusal::NotOpenYet)),
        (1, by_manager, 23, None),
        (2, by_learner, 24, None),
        (3, by_learner, 71, None),
        (4, by_learner, 72, Some(Refusal::EnrolmentOver)),
        (4, by_manager, 119, None),
        (5, by_manager, 120, Some(Refusal::Closed)),
        (5, by_learner, 120, Some(Refusal::Closed)),
    ] {
        let answer = wish(&mut fixture.conn, &mut fixture.catalogue, "sticky", who, what, at).await;
        match refusal {
            Some(refusal) => assert_eq!(answer, Answer::Refused(refusal), "{who} at {at}"),
            None => assert!(matches!(answer, Answer::Changed(_)), "{who} at {at}: {answer:?}"),
        }
    }
}

#[sqlx::test(migrations = false)]
async fn an_upgrade_sets_timers_for_what_had_none(pool: PgPool) {
    let before = MIGRATOR.iter().filter(|migration| migration.version < 8).cloned().collect();
    Migrator::with_migrations(before).run(&pool).await.unwrap();
    let mut known = ContextFacts::default();
    let value = FactValue::Override { granted: true, expires_at: Some(hour(500)) };
    known.apply(&fact(2, 1, 10, value).fact);
    let script = format!(
        "INSERT INTO paths (org, number, title, details) VALUES ('Org', 'N', 'T', '{{}}');
         INSERT INTO runs (run_key, path_id, policy, latest_revision) VALUES ('path-v1:Org+N+R+G', 1, '{{}}', 1);
         INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
             SELECT n, 1, 'active', 1, now(), 1 FROM generate_series(1, 3) AS n;
         INSERT INTO completions (learner_id, run_id, attempt, sequence, completion_id, revision, completed_at, state, state_at)
             VALUES (1, 1, 1, 1, gen_random_uuid(), 1, now(), 'grace', now());
         INSERT INTO facts (learner_id, context_key, state) VALUES (2, 'course-v1:Org+C1+2026', '{}');",
        serde_json::to_string(&known).unwrap()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&pool).await.unwrap();
    MIGRATOR.run(&pool).await.unwrap();
    let timers: Vec<i64> =
        sqlx::query_scalar("SELECT learner_id FROM timers WHERE look_at IS NOT NULL ORDER BY learner_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(timers, [1, 2]);
}
