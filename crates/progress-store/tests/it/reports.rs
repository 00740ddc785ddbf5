//! Counts of reports, against a count by hand.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use lp_domain::{Achievement, Definition, FactValue, RevisionPolicy, RunPolicy, Verdict};
use lp_progress_store::authoring::{put_run, rejudge_next};
use lp_progress_store::{
    Again, Candidate, Catalogue, Content, FactTelling, MIGRATOR, Migration, Tellings, Whom, Wish, apply,
    fire_timers, fold_reports, merge_learners, move_learners, rebuild, recount_reports,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::types::Json;
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::fixture::{BY, Fixture, definition, fact, hour, learner, passing, run_key, wish};
use crate::happened::whole;
use crate::simulated::any_one_of;

/// By run, measure, day, revision and number.
type Counts = BTreeMap<(i64, i16, NaiveDate, i32, i32), i64>;

const LEARNERS: i64 = 12;

/// Totals, and what is to be added to them.
async fn kept(conn: &mut PgConnection) -> Counts {
    let rows: Vec<(i64, i16, NaiveDate, i32, i32, i64)> = sqlx::query_as(
        "SELECT run_id, measure, day, revision, point, sum(learners)::bigint FROM (
             SELECT run_id, measure, day, revision, point, learners FROM report_totals
             UNION ALL
             SELECT d.run_id, n.* FROM report_deltas d,
                 unnest(d.measures, d.days, d.revisions, d.points, d.learners) AS n (measure, day, revision, point, learners)
         ) AS both_of_them GROUP BY 1, 2, 3, 4, 5 HAVING sum(learners) <> 0",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(run, measure, day, revision, point, many)| ((run, measure, day, revision, point), many))
        .collect()
}

#[derive(sqlx::FromRow)]
struct Enrolled {
    learner_id: i64,
    run_id: i64,
    state: String,
    attempt_started_at: DateTime<Utc>,
    revision: i32,
    verdict: Json<Verdict>,
    definition: Json<Definition>,
    status: Option<String>,
    completed_at: Option<DateTime<Utc>>,
    told_at: Option<DateTime<Utc>>,
}

/// Everybody counted by hand, from enrolments, verdicts, timers, completions and the journal. Of the days of starting only how
/// many there are: the journal folded knows fewer dates than the journal.
async fn by_hand(conn: &mut PgConnection) -> Counts {
    let enrolled: Vec<Enrolled> = sqlx::query_as(
        "SELECT e.learner_id, e.run_id, e.state, e.attempt_started_at, p.revision, p.verdict, v.definition, t.status,
                p.completed_at, c.completed_at AS told_at
         FROM enrolments e
         JOIN progress p USING (learner_id, run_id)
         JOIN revisions v ON v.run_id = p.run_id AND v.revision = p.revision
         LEFT JOIN timers t ON t.learner_id = e.learner_id AND t.run_id = e.run_id
         LEFT JOIN LATERAL (
             SELECT completed_at, state FROM completions
             WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = e.attempt ORDER BY sequence DESC LIMIT 1
         ) c ON c.state <> 'revoked'
         WHERE e.state <> 'pending' AND NOT EXISTS (SELECT FROM learner_merges m WHERE m.learner_id = e.learner_id)",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let facts: Vec<(i64, String, DateTime<Utc>)> = sqlx::query_as(
        "SELECT COALESCE(m.survivor_id, j.learner_id), j.context_key, max(j.occurred_at)
         FROM fact_journal j LEFT JOIN learner_merges m USING (learner_id) GROUP BY 1, 2",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    let newest: HashMap<(i64, String), DateTime<Utc>> =
        facts.into_iter().map(|(learner, context, at)| ((learner, context), at)).collect();
    let mut counts = Counts::new();
    for one in enrolled {
        let began = one.attempt_started_at.date_naive();
        let mut add = |measure: i16, day: NaiveDate, point: i32| {
            *counts.entry((one.run_id, measure, day, one.revision, point)).or_default() += 1;
        };
        let standing =
            ["active", "suspended", "withdrawn", "ended"].iter().position(|word| *word == one.state);
        add(0, began, i32::try_from(standing.unwrap()).unwrap());
        let completed_on = one.told_at.or(one.completed_at).map(|at| at.date_naive().max(began));
        let has_started = completed_on.is_some() || one.verdict.achievement != Achievement::NotStarted;
        if has_started {
            add(1, began, 0);
        }
        if let Some(completed_on) = completed_on {
            add(3, completed_on, 0);
            add(4, began, i32::try_from((completed_on - began).num_days()).unwrap());
        }
        for (at, item) in (0..).zip(&one.verdict.items) {
            if item.achievement != Achievement::NotStarted {
                add(5, began, at);
            }
            if item.achievement == Achievement::Completed {
                add(6, began, at);
            }
        }
        let status = one.status.unwrap_or_default();
        if one.state == "active" && completed_on.is_none() && status != "closed" {
            let contexts = one.definition.contexts();
            let last = contexts.filter_map(|key| newest.get(&(one.learner_id, key.to_string()))).max();
            let last_on = last.map_or(began, |at| at.date_naive().max(began));
            add(8, last_on, i32::from(status == "overdue"));
            // All courses are asked for, one after the other.
            let next = one.verdict.items.iter().position(|item| item.achievement != Achievement::Completed);
            if let Some(next) = next.filter(|_| has_started) {
                add(7, began, i32::try_from(next).unwrap());
            }
        }
    }
    counts
}

async fn hold_against_by_hand(conn: &mut PgConnection, what: &str) {
    let (mut kept, by_hand) = (kept(conn).await, by_hand(conn).await);
    let mut days_of_starting = 0;
    kept.retain(|place, many| {
        if place.1 == 2 {
            days_of_starting += *many;
        }
        place.1 != 2
    });
    let started: i64 = by_hand.iter().filter(|(place, _)| place.1 == 1).map(|(_, many)| many).sum();
    assert_eq!(kept, by_hand, "{what}");
    assert_eq!(days_of_starting, started, "{what}");
}

fn history(random: &mut StdRng, upto: i64) -> Vec<FactTelling> {
    (0..random.random_range(1..6))
        .map(|_| {
            let value = match random.random_range(0..8) {
                0 => FactValue::Completion { completion: 0.5.try_into().unwrap() },
                1 => FactValue::Override { granted: random.random_bool(0.7), expires_at: None },
                2 => FactValue::Enrolment { active: true, mode: "audit".into() },
                _ => FactValue::Passing { passing: random.random_bool(0.8) },
            };
            fact(
                random.random_range(1..=LEARNERS),
                random.random_range(1..=3),
                random.random_range(0..upto),
                value,
            )
        })
        .collect()
}

/// One thing that may happen at an hour, in a transaction.
async fn something(conn: &mut PgConnection, catalogue: &mut Catalogue, random: &mut StdRng, at: i64) {
    let run = any_one_of(random, &["sticky", "revocable", "following", "grace"]);
    match random.random_range(0..10) {
        0..=4 => {
            let tellings = Tellings { facts: history(random, at), ..Tellings::default() };
            apply(conn, catalogue, &tellings, hour(at)).await.unwrap();
        }
        5 | 6 => {
            let wishes = [
                Wish::Enrol(Again::Resumed),
                Wish::Enrol(Again::Resumed),
                Wish::Enrol(Again::Afresh),
                Wish::Withdraw,
                Wish::Suspend,
                Wish::End,
            ];
            let what = any_one_of(random, &wishes);
            // Some are refused.
            wish(conn, catalogue, run, random.random_range(1..=LEARNERS), what, at).await;
        }
        7 => while fire_timers(conn, catalogue, hour(at), 5).await.unwrap().0 > 0 {},
        8 => {
            fold_reports(conn, random.random_range(1..20)).await.unwrap();
        }
        _ => while rejudge_next(conn, catalogue, hour(at)).await.unwrap().is_some() {},
    }
}

async fn date(conn: &mut PgConnection, run: &str, schedule: serde_json::Value) {
    let dated = "WITH raised AS (UPDATE catalogue_version SET version = version + 1)
                 UPDATE runs SET schedule = $2 WHERE run_key = $1";
    sqlx::query(dated).bind(run_key(run).as_str()).bind(schedule).execute(conn).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whatever_happens_counts_are_those_of_a_count_by_hand(pool: PgPool) {
    for seed in 0..4 {
        let mut fixture = Fixture::new(&pool).await;
        let mut random = StdRng::seed_from_u64(seed);
        date(&mut fixture.conn, "sticky", serde_json::json!({ "due": { "on": "2026-02-10" } })).await;
        let closing = serde_json::json!({ "due": { "on": "2026-02-01" }, "closes": "2026-03-10" });
        date(&mut fixture.conn, "grace", closing).await;
        for who in 1..=LEARNERS {
            for run in ["sticky", "revocable", "following", "grace"] {
                fixture.enrol(run, who).await;
            }
        }
        for step in 0..120_i64 {
            let (at, crashes) = (100 + step * 20, random.random_bool(0.1));
            if step == 60 {
                let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
                let (key, wider) = (run_key("following"), definition(&[1, 2, 3]));
                put_run(&mut fixture.conn, &BY, &key, &following, &wider).await.unwrap();
            }
            let mut tx = fixture.conn.begin().await.unwrap();
            something(&mut tx, &mut fixture.catalogue, &mut random, at).await;
            if crashes {
                tx.rollback().await.unwrap();
            } else {
                tx.commit().await.unwrap();
            }
            if step % 10 == 9 {
                hold_against_by_hand(&mut fixture.conn, &format!("seed {seed}, step {step}")).await;
            }
        }
        let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
        while rejudge_next(conn, catalogue, hour(3_000)).await.unwrap().is_some() {}
        while fire_timers(conn, catalogue, hour(3_000), 100).await.unwrap().0 > 0 {}
        let differing = rebuild(conn, catalogue, 0, 100, hour(3_000)).await.unwrap().1;
        assert_eq!(differing, [], "seed {seed}: a rebuild gives the same");
        assert_eq!(recount_reports(conn).await.unwrap(), 0, "seed {seed}: and so does a recount");
        while fold_reports(conn, 7).await.unwrap() > 0 {}
        hold_against_by_hand(conn, &format!("seed {seed}, at the end")).await;
        fixture.forget().await;
    }
}

/// Three learners: one done, one on the way, one who has not begun.
async fn three(pool: &PgPool) -> Fixture {
    let mut fixture = Fixture::new(pool).await;
    for who in 1..=3 {
        fixture.enrol("sticky", who).await;
    }
    fixture.apply(vec![passing(1, 1, 50, true), passing(1, 2, 100, true), passing(2, 1, 60, true)]).await;
    fixture
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_person_with_two_accounts_counts_once(pool: PgPool) {
    let mut fixture = three(&pool).await;
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    for (from, into) in [(1, 4), (2, 4)] {
        let mut tx = conn.begin().await.unwrap();
        merge_learners(&mut tx, catalogue, &BY, (learner(from), learner(into)), hour(1_000)).await.unwrap();
        tx.commit().await.unwrap();
        hold_against_by_hand(conn, &format!("{from} is merged")).await;
    }
    let enrolled: i64 = kept(conn).await.iter().filter(|(place, _)| place.1 == 0).map(|(_, many)| many).sum();
    assert_eq!(enrolled, 2, "the survivor, and learner 3");
    assert_eq!(rebuild(conn, catalogue, 0, 100, hour(1_000)).await.unwrap().1, []);
}

/// A batch is judged in portions; what both accounts did is in two of them.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_person_who_is_judged_twice_in_a_batch_counts_once(pool: PgPool) {
    let mut fixture = three(&pool).await;
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    merge_learners(conn, catalogue, &BY, (learner(1_000), learner(3)), hour(1_000)).await.unwrap();
    let others = (4..=600).map(|who| passing(who, 1, 60, true));
    let both = [passing(3, 1, 70, true), passing(1_000, 2, 80, true)];
    let outcome = fixture.apply(others.chain(both).collect()).await;
    assert_eq!((outcome.new_facts, outcome.completed), (599, 1));
    hold_against_by_hand(&mut fixture.conn, "both accounts in one batch").await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_is_moved_to_another_revision_is_counted_there(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let (policy, key) = (RunPolicy::default(), run_key("run"));
    put_run(&mut fixture.conn, &BY, &key, &policy, &definition(&[1, 2])).await.unwrap();
    for who in 1..=4 {
        fixture.enrol("run", who).await;
        fixture.apply(vec![passing(who, 1, 10, true)]).await;
    }
    put_run(&mut fixture.conn, &BY, &key, &policy, &definition(&[1])).await.unwrap();
    let candidate = Candidate { content: Content::Published(2), policy, moves: Some(Whom::Everybody) };
    let digest = whole(&mut fixture, &candidate, 1_000).await.digest;
    let migration = Migration { revision: 2, whom: Whom::Everybody, digest };
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    move_learners(conn, catalogue, &BY, &key, &migration, 3, hour(1_001)).await.unwrap();
    hold_against_by_hand(conn, "moved").await;
    let revisions: Vec<i32> = kept(conn).await.keys().map(|place| place.3).collect();
    assert!(revisions.iter().all(|revision| *revision == 2), "{revisions:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn counts_that_are_wrong_are_found_and_mended(pool: PgPool) {
    let mut fixture = three(&pool).await;
    let conn = &mut fixture.conn;
    while fold_reports(conn, 1).await.unwrap() > 0 {}
    let right = kept(conn).await;
    for wrong in [
        "UPDATE report_totals SET learners = learners + 1 WHERE measure = 4",
        "DELETE FROM report_totals WHERE measure = 0",
    ] {
        sqlx::query(wrong).execute(&mut *conn).await.unwrap();
        assert!(recount_reports(conn).await.unwrap() > 0, "{wrong}");
        assert_eq!(kept(conn).await, right, "{wrong}");
    }
    let wrong = "UPDATE report_contributions SET completed_on = NULL WHERE learner_id = 1";
    sqlx::query(wrong).execute(&mut *conn).await.unwrap();
    let (_, differing) = rebuild(conn, &mut fixture.catalogue, 0, 100, hour(1_000)).await.unwrap();
    let named: Vec<(i64, bool, bool)> =
        differing.iter().map(|one| (one.learner_id, one.verdicts, one.reports)).collect();
    assert_eq!(named, [(1, false, true)]);
    assert!(recount_reports(conn).await.unwrap() > 0);
    assert_eq!(kept(conn).await, right);
}

/// An upgrade: nothing is counted yet, and the migration asks for learners to be judged anew.
#[sqlx::test(migrations = false)]
async fn learners_of_before_are_counted_after_an_upgrade(pool: PgPool) {
    MIGRATOR.run(&pool).await.unwrap();
    let mut fixture = three(&pool).await;
    let conn = &mut fixture.conn;
    let right = kept(conn).await;
    sqlx::query("DROP TABLE report_contributions, report_totals, report_deltas CASCADE")
        .execute(&mut *conn)
        .await
        .unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 21").execute(&mut *conn).await.unwrap();
    MIGRATOR.run(&mut *conn).await.unwrap();
    assert!(kept(conn).await.is_empty());
    let mut portions = 0;
    while rejudge_next(conn, &mut fixture.catalogue, hour(1_000)).await.unwrap().is_some() {
        portions += 1;
    }
    assert_eq!(portions, 2, "one of learners, and the end");
    assert_eq!(kept(conn).await, right);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn writers_and_folders_at_once_lose_and_double_nothing(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in 1..=40 {
        fixture.enrol("sticky", who).await;
    }
    let write = |first: i64| {
        let (pool, mut catalogue) = (pool.clone(), fixture.catalogue.clone());
        async move {
            let mut conn = pool.acquire().await.unwrap();
            for round in 0..20 {
                let mut tx = conn.begin().await.unwrap();
                let facts = (first..first + 20)
                    .map(|who| passing(who, 1 + u8::from(who % 2 == 1), 50 + round * 24, true));
                let tellings = Tellings { facts: facts.collect(), ..Tellings::default() };
                apply(&mut tx, &mut catalogue, &tellings, hour(2_000)).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    };
    let fold = || {
        let pool = pool.clone();
        async move {
            let mut conn = pool.acquire().await.unwrap();
            for _ in 0..40 {
                fold_reports(&mut conn, 3).await.unwrap();
            }
        }
    };
    tokio::join!(write(1), write(21), fold(), fold());
    hold_against_by_hand(&mut fixture.conn, "after all").await;
    assert_eq!(recount_reports(&mut fixture.conn).await.unwrap(), 0);
}

/// Nobody waits for another who judges learners of the same run: the first transaction is still open as the second commits.
#[sqlx::test(migrator = "MIGRATOR")]
async fn one_batch_does_not_wait_for_another_of_the_same_run(pool: PgPool) {
    let mut fixture = three(&pool).await;
    let mut other = pool.acquire().await.unwrap();
    let mut catalogue = fixture.catalogue.clone();
    let mut open = fixture.conn.begin().await.unwrap();
    let of = |who| Tellings { facts: vec![passing(who, 2, 200, true)], ..Tellings::default() };
    apply(&mut open, &mut fixture.catalogue, &of(2), hour(1_000)).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    sqlx::query("SET LOCAL lock_timeout = '2s'").execute(&mut *tx).await.unwrap();
    apply(&mut tx, &mut catalogue, &of(3), hour(1_000)).await.unwrap();
    tx.commit().await.unwrap();
    fold_reports(&mut other, 100).await.unwrap();
    open.commit().await.unwrap();
    hold_against_by_hand(&mut fixture.conn, "both").await;
}
