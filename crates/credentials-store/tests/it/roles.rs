//! What each role may do: no more than its work needs.

use lp_credentials_store::{READER_ROLE, WRITER_ROLE, get, list_by_learner, record};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

use crate::tellings::{batch, completed, revoked};

async fn set_role(conn: &mut PgConnection, role: &str) {
    sqlx::query(AssertSqlSafe(format!("SET ROLE {role}"))).execute(conn).await.unwrap();
}

async fn is_refused(conn: &mut PgConnection, sql: &'static str) -> bool {
    let error = sqlx::query(sql).execute(conn).await.expect_err(sql);
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
}

#[sqlx::test]
async fn the_writer_can_record(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    set_role(&mut conn, WRITER_ROLE).await;
    record(&mut conn, &batch([&completed(1, 1, 1, 1), &revoked(1, 1, 1, 2)])).await.unwrap();
    assert!(is_refused(&mut conn, "DELETE FROM awards").await);
    assert!(is_refused(&mut conn, "DROP TABLE awards").await);
}

#[sqlx::test]
async fn the_reader_reads_awards_but_no_names_and_no_quarantined_bytes(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    set_role(&mut conn, READER_ROLE).await;
    list_by_learner(&mut conn, 1, None, 10).await.unwrap();
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
