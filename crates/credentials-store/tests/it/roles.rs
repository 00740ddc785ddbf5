//! What each role may do: no more than its work needs.

use lp_credentials_store::{READER_ROLE, WRITER_ROLE, check, get, list_by_learner, reader_pool, record};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

use crate::tellings::{batch, completed, revoked};

pub(crate) async fn set_role(conn: &mut PgConnection, role: &str) {
    sqlx::query(AssertSqlSafe(format!("SET ROLE {role}"))).execute(conn).await.unwrap();
}

pub(crate) async fn is_refused(conn: &mut PgConnection, sql: &'static str) -> bool {
    let error = sqlx::query(sql).execute(conn).await.expect_err(sql);
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
}

#[sqlx::test]
async fn the_writer_can_record(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    set_role(&mut conn, WRITER_ROLE).await;
    record(&mut conn, &batch([&completed(1, 1, 1, 1), &revoked(1, 1, 1, 2)])).await.unwrap();
    lp_inbox::claim(&mut conn, "topic", 0, 0).await.unwrap();
    let message = lp_inbox::Message {
        topic: "topic".into(),
        partition: 0,
        offset: 0,
        key: None,
        payload: None,
        headers: vec![],
    };
    let quarantined =
        lp_inbox::Quarantined { message, reason: "payload_missing".into(), detail: "no payload".into() };
    lp_inbox::insert(&mut conn, &[quarantined]).await.unwrap();
    assert!(is_refused(&mut conn, "DELETE FROM awards").await);
    assert!(is_refused(&mut conn, "DROP TABLE awards").await);
}

#[sqlx::test]
async fn the_reader_reads_awards_but_no_names_and_no_quarantined_bytes(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    set_role(&mut conn, READER_ROLE).await;
    list_by_learner(&mut conn, 1, None, None, 10).await.unwrap();
    get(&mut conn, Uuid::nil()).await.unwrap();
    sqlx::query("SELECT topic, reason FROM quarantined_messages").execute(&mut *conn).await.unwrap();
    for sql in [
        "SELECT learner_id FROM award_holders",
        "SELECT payload FROM quarantined_messages",
        "SELECT key FROM quarantined_messages",
        "SELECT headers FROM quarantined_messages",
        "SELECT detail FROM quarantined_messages",
        "UPDATE awards SET grade = 1",
        "DELETE FROM consumer_offsets",
    ] {
        assert!(is_refused(&mut conn, sql).await, "{sql}");
    }
}

#[sqlx::test]
async fn connections_of_the_reader_pool_are_in_its_role_and_write_nothing(pool: PgPool) {
    let login = (*pool.connect_options()).clone();
    let readers = reader_pool(login, 1);
    let mut conn = readers.acquire().await.unwrap();
    check(&mut conn).await.unwrap();
    let role: String = sqlx::query_scalar("SELECT CURRENT_USER::text").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(role, READER_ROLE);
    let error = sqlx::query("CREATE TEMPORARY TABLE t ()").execute(&mut *conn).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "25006", "a read-only transaction");
}

#[sqlx::test]
async fn a_login_outside_the_reader_role_is_told_so_at_once(pool: PgPool) {
    let name = format!("lp_test_{}", Uuid::new_v4().simple());
    sqlx::query(AssertSqlSafe(format!("CREATE ROLE {name} LOGIN"))).execute(&pool).await.unwrap();
    let readers = reader_pool((*pool.connect_options()).clone().username(&name), 1);
    let error = readers.acquire().await.unwrap_err();
    sqlx::query(AssertSqlSafe(format!("DROP ROLE {name}"))).execute(&pool).await.unwrap();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501");
}
