//! The queries of the query API, as the role that runs them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use lp_progress_store::read::{self, RosterFilter, RosterOrder, Whose};
use sqlx::{PgConnection, PgPool};

#[sqlx::test]
async fn the_reader_can_run_every_query_that_the_api_has(pool: PgPool) {
    let readers = read::pool((*pool.connect_options()).clone(), 1);
    let mut conn = readers.acquire().await.unwrap();
    let role: String = sqlx::query_scalar("SELECT CURRENT_USER::text").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(role, read::READER_ROLE);
    read::check(&mut conn).await.unwrap();
    assert_eq!(lp_progress_store::grants::list(&mut conn, Some(42), 0, 10).await.unwrap(), []);
    let viewer = read::Viewer { learner: Some(42), ..read::Viewer::default() };
    let asked = read::Asked { limit: 10, sort: read::Sort::Opening, ..read::Asked::default() };
    assert_eq!(read::list_runs(&mut conn, &viewer, &asked).await.unwrap(), []);
    assert_eq!(read::list_paths(&mut conn, &viewer, &asked).await.unwrap(), []);
    assert_eq!(read::get_run(&mut conn, &viewer, "path-v1:Org+N+R+G").await.unwrap(), None);
    let path = lp_domain::PathId::new("Org", "N").unwrap();
    assert_eq!(read::get_path(&mut conn, &viewer, &path).await.unwrap(), None);
    let (learner, now) = (42.try_into().unwrap(), lp_domain::Timestamp::EPOCH);
    let then = read::get_learner_run_as_of(&mut conn, learner, "path-v1:Org+N+R+G", now);
    assert_eq!(then.await.unwrap(), None);
    assert_eq!(read::list_learner_runs(&mut conn, 42, None, None, 10).await.unwrap(), []);
    assert_eq!(read::reported_run(&mut conn, "path-v1:Org+N+R+G").await.unwrap(), None);
    assert_eq!(read::runs_of(&mut conn, "Org", None).await.unwrap(), None);
    let day = chrono::NaiveDate::default();
    let period = read::Period { from: day, to: day };
    assert_eq!(
        read::counts(&mut conn, &[1], period, &[read::Measure::Open], read::By::All).await.unwrap(),
        []
    );
    assert_eq!(read::list_at_risk(&mut conn, "path-v1:Org+N+R+G", day, (day, 0), 10).await.unwrap(), []);
    assert_eq!(read::get_learner_run(&mut conn, 42, "path-v1:Org+N+R+G").await.unwrap(), None);
    let key = lp_domain::RunKey::parse("path-v1:Org+N+R+G").unwrap();
    assert_eq!(read::roster_run(&mut conn, &key).await.unwrap(), None);
    assert_eq!(read::path_roster_runs(&mut conn, &(&key).into()).await.unwrap(), None);
    assert!(read::names_are_granted(&mut conn).await.unwrap(), "who may do everything may do this");
    let health = read::consumer_health(&mut conn).await.unwrap();
    assert_eq!((health.partitions, health.quarantined, health.outbox.depth), (vec![], vec![], 0));
    assert_eq!(roster(&mut conn, Whose::MayNot).await.unwrap(), []);
    assert!(roster(&mut conn, Whose::MaySeeNames).await.is_err(), "names need their own role");
    assert_eq!(read::learner_state(&mut conn, 42).await.unwrap(), read::LearnerState::default());
    assert_eq!(read::versions(&mut conn, &[42]).await.unwrap(), []);
    drop(conn);
    read::Listener::connect(&readers).await.unwrap().check().await.unwrap();
}

async fn roster(conn: &mut PgConnection, whose: Whose) -> sqlx::Result<Vec<read::RosterRow>> {
    let schedule = serde_json::from_value(serde_json::json!({ "due": { "after": { "days": 7 } } })).unwrap();
    let run = read::RosterRun { run_id: 1, run_key: "path-v1:Org+N+R+G".into(), schedule };
    let filter = RosterFilter {
        times: Some(vec!["overdue".into()]),
        no_fact_since: Some(chrono::Utc::now()),
        ..RosterFilter::default()
    };
    read::list_roster(conn, &run, &filter, RosterOrder::default(), None, 10, whose).await
}

#[sqlx::test]
async fn who_reads_names_sees_what_rosters_hold_and_nothing_more(pool: PgPool) {
    let readers = read::roster_pool((*pool.connect_options()).clone(), read::NAMES_READER_ROLE, 1);
    let mut conn = readers.acquire().await.unwrap();
    assert_eq!(roster(&mut conn, Whose::MaySeeNames).await.unwrap(), []);
    for sql in [
        "SELECT event_id FROM learner_profiles",
        "SELECT topic FROM quarantined_messages",
        "SELECT created_at FROM outbox",
        "SELECT email FROM job_rows",
        "SELECT actor FROM audit_log",
    ] {
        let error = sqlx::query(sql).execute(&mut *conn).await.expect_err(sql);
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
    for sql in ["UPDATE learner_profiles SET username = ''", "DELETE FROM progress"] {
        let error = sqlx::query(sql).execute(&mut *conn).await.expect_err(sql);
        let code = error.as_database_error().unwrap().code().unwrap().into_owned();
        assert!(["25006", "42501"].contains(&code.as_str()), "{sql}: {code}");
    }
}

#[sqlx::test]
async fn the_reader_sees_no_names_no_raw_messages_and_nothing_about_to_be_sent(pool: PgPool) {
    let readers = read::pool((*pool.connect_options()).clone(), 1);
    let mut conn = readers.acquire().await.unwrap();
    for sql in [
        "SELECT learner_id FROM learner_profiles",
        "SELECT payload FROM quarantined_messages",
        "SELECT headers FROM quarantined_messages",
        "SELECT detail FROM quarantined_messages",
        "SELECT key FROM quarantined_messages",
        "SELECT body FROM outbox",
        "SELECT event_id FROM outbox",
    ] {
        let error = sqlx::query(sql).execute(&mut *conn).await.expect_err(sql);
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
    for sql in ["UPDATE learners SET version = 0", "DELETE FROM progress", "CREATE TEMPORARY TABLE t ()"] {
        let error = sqlx::query(sql).execute(&mut *conn).await.expect_err(sql);
        let code = error.as_database_error().unwrap().code().unwrap().into_owned();
        assert!(["25006", "42501"].contains(&code.as_str()), "{sql}: {code}");
    }
}
