use lp_progress_store::{Again, Answer, MIGRATOR, Refusal, Tellings, Wish, apply};
use sqlx::{Connection as _, PgPool};

use crate::fixture::{Fixture, hour, passing, wish};

fn work(of: i64) -> Vec<lp_progress_store::FactTelling> {
    vec![passing(of, 1, 10, true), passing(of, 2, 20, true)]
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn enrolled_after_the_facts_is_as_enrolled_before(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply([work(1), work(2)].concat()).await;
    fixture.enrol("sticky", 2).await;
    let verdicts: Vec<(i16, f64, Vec<u8>)> =
        sqlx::query_as("SELECT achievement, progress, digest FROM progress ORDER BY learner_id")
            .fetch_all(&mut fixture.conn)
            .await
            .unwrap();
    assert_eq!(verdicts.len(), 2);
    assert_eq!(verdicts[0], verdicts[1]);
    assert_eq!(fixture.outbox().await.len(), 2);
}

/// Until another session stands before a lock.
pub(crate) async fn until_somebody_waits(pool: &PgPool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "nobody waits");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// Whichever commits first, the other waits for the learner's row and then sees it.
#[sqlx::test(migrator = "MIGRATOR")]
async fn an_enrolment_and_a_fact_at_the_same_moment_do_not_miss_each_other(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for (who, enrolment_first) in [(1, true), (2, false)] {
        let mut other = pool.acquire().await.unwrap().detach();
        let mut catalogue = fixture.catalogue.clone();
        let tellings = Tellings { facts: work(who), ..Tellings::default() };
        let mut tx = fixture.conn.begin().await.unwrap();
        if enrolment_first {
            wish(&mut tx, &mut fixture.catalogue, "sticky", who, Wish::Enrol(Again::Resumed), 0).await;
        } else {
            apply(&mut tx, &mut fixture.catalogue, &tellings, hour(1_000)).await.unwrap();
        }
        let waiting = tokio::spawn(async move {
            let mut tx = other.begin().await.unwrap();
            if enrolment_first {
                apply(&mut tx, &mut catalogue, &tellings, hour(1_000)).await.unwrap();
            } else {
                wish(&mut tx, &mut catalogue, "sticky", who, Wish::Enrol(Again::Resumed), 0).await;
            }
            tx.commit().await.unwrap();
        });
        until_somebody_waits(&pool).await;
        tx.commit().await.unwrap();
        waiting.await.unwrap();
    }
    assert_eq!(fixture.count("SELECT count(*) FROM progress WHERE achievement = 2").await, 2);
    assert_eq!(fixture.outbox().await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn leaving_and_coming_back_keeps_every_interval_and_tells_nothing_twice(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    fixture.apply(work(1)).await;
    fixture.wish("sticky", 1, Wish::Withdraw, 30).await;
    fixture.wish("sticky", 1, Wish::Enrol(Again::Resumed), 40).await;
    assert_eq!(fixture.count("SELECT count(*) FROM enrolment_intervals").await, 2);
    assert_eq!(fixture.count("SELECT count(*) FROM enrolment_intervals WHERE closed_at IS NULL").await, 1);
    assert_eq!(fixture.outbox().await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_enrolment_is_one_step_of_the_learner_s_version(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 1).await;
    assert_eq!(fixture.count("SELECT version FROM learners").await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_state_does_not_allow_is_refused(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    let enrol = Wish::Enrol(Again::Resumed);
    for (run, what, refusal) in [
        ("sticky", Wish::Resume, Refusal::NotEnrolled),
        ("sticky", Wish::Suspend, Refusal::NotEnrolled),
        ("sticky", Wish::Withdraw, Refusal::NotEnrolled),
        ("none", enrol, Refusal::UnknownRun),
    ] {
        assert_eq!(wish(conn, catalogue, run, 1, what, 1).await, Answer::Refused(refusal), "{what:?}");
    }
    for what in [enrol, Wish::Withdraw] {
        assert!(matches!(wish(conn, catalogue, "sticky", 1, what, 2).await, Answer::Changed(_)));
        assert!(matches!(wish(conn, catalogue, "sticky", 1, what, 3).await, Answer::Unchanged(_)));
    }
    for what in [Wish::Suspend, Wish::Resume] {
        assert_eq!(wish(conn, catalogue, "sticky", 1, what, 4).await, Answer::Refused(Refusal::HasLeft));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_reader_sees_neither_personal_data_nor_raw_messages(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    sqlx::query("SET ROLE lp_reader").execute(&mut fixture.conn).await.unwrap();
    for table in ["learner_profiles", "quarantined_messages", "outbox"] {
        let read = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")))
            .execute(&mut fixture.conn)
            .await;
        let refused = read.unwrap_err();
        let code = refused.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{table}");
    }
    fixture.count("SELECT count(*) FROM progress").await;
}

/// The relay and the inbox know the tables from their own migrations.
#[test]
fn the_tables_of_inbox_and_outbox_are_as_their_crates_say() {
    let own = include_str!("../../migrations/0003_bus.sql");
    for theirs in [
        include_str!("../../../inbox/migrations/0001_inbox.sql"),
        include_str!("../../../outbox/migrations/0001_outbox.sql"),
    ] {
        let statements = |text: &str| -> Vec<String> {
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
            let words = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
            words
                .split(';')
                .map(|statement| statement.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect()
        };
        let ours = statements(own);
        for statement in statements(theirs) {
            assert!(ours.contains(&statement), "{statement}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn e_the_run_says_how_whoever_comes_back_is_taken(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let (resumed, afresh) = (Wish::Enrol(Again::Resumed), Wish::EnrolOneself(Again::Afresh));
    for (who, policy, wishes) in [
        (1, "as_asked", [Some(1), Some(2)]),
        (2, "resumed", [Some(1), None]),
        (3, "afresh", [Some(2), Some(3)]),
        (4, "refused", [None, None]),
    ] {
        fixture.judge_by("sticky", serde_json::json!({ "re_enrolment": policy }), 0).await;
        fixture.enrol("sticky", who).await;
        for (at, (again, attempt)) in [resumed, afresh].into_iter().zip(wishes).enumerate() {
            let at = 10 + 10 * i64::try_from(at).unwrap();
            let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
            wish(conn, catalogue, "sticky", who, Wish::Withdraw, at).await;
            let answer = wish(conn, catalogue, "sticky", who, again, at + 1).await;
            match attempt {
                Some(attempt) => {
                    assert!(
                        matches!(&answer, Answer::Changed(now) if now.attempt == attempt),
                        "{policy}: {answer:?}"
                    );
                }
                None => assert_eq!(answer, Answer::Refused(Refusal::NotAgain), "{policy}"),
            }
        }
    }
}
