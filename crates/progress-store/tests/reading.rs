//! The queries of the query API, as the role that runs them.

use lp_progress_store::read;
use sqlx::PgPool;

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
    assert_eq!(read::get_learner_run(&mut conn, 42, "path-v1:Org+N+R+G").await.unwrap(), None);
}

#[sqlx::test]
async fn the_reader_sees_no_names_no_raw_messages_and_nothing_about_to_be_sent(pool: PgPool) {
    let readers = read::pool((*pool.connect_options()).clone(), 1);
    let mut conn = readers.acquire().await.unwrap();
    for sql in [
        "SELECT learner_id FROM learner_profiles",
        "SELECT payload FROM quarantined_messages",
        "SELECT headers FROM quarantined_messages",
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
