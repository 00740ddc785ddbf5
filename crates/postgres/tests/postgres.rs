//! Pools and refusals, on a real Postgres.
#![cfg(test)]

use lp_postgres::{in_words, is_about_the_data, is_away, is_transient, reader, writer};
use sqlx::{Error, Executor as _, PgPool};

async fn refused(pool: &PgPool, statement: &'static str) -> Error {
    pool.execute(statement).await.unwrap_err()
}

fn told(error: &Error) -> (bool, bool, bool) {
    (is_transient(error), is_away(error), is_about_the_data(error))
}

#[sqlx::test]
async fn each_refusal_is_what_it_is(pool: PgPool) {
    let login = (*pool.connect_options()).clone();
    let (transient, away, data, neither) =
        ((true, false, false), (true, true, false), (false, false, true), (false, false, false));
    assert_eq!(told(&refused(&pool, "SELECT 1 / 0").await), data);
    assert_eq!(told(&refused(&pool, "SELECT nothing").await), neither);
    let deadlock = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$";
    assert_eq!(told(&refused(&pool, deadlock).await), transient);
    assert_eq!(told(&Error::PoolTimedOut), away);
    let gone = writer(login.port(1), "test", 1);
    assert_eq!(told(&refused(&gone, "SELECT 1").await), away);
}

#[sqlx::test]
async fn a_refusal_in_words_says_what_to_do_and_holds_no_data(pool: PgPool) {
    let words = async |statement| in_words(&refused(&pool, statement).await, "a_role", "A_SETTING");
    assert!(words("SELECT FROM not_there").await.contains("learning-paths migrate"));
    let denied = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501'; END $$";
    assert!(words(denied).await.contains("grant it the role a_role"));
    let login = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '28P01'; END $$";
    assert!(words(login).await.contains("check A_SETTING"));
    assert_eq!(words("SELECT 'secret'::int").await, "the database refuses what is asked");
}

#[sqlx::test]
async fn a_writer_waits_for_no_lock_for_ever_and_keeps_no_plan(pool: PgPool) {
    let writers = writer((*pool.connect_options()).clone(), "test", 1);
    for (setting, value) in [
        ("lock_timeout", "10s"),
        ("statement_timeout", "1min"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("plan_cache_mode", "force_custom_plan"),
    ] {
        let shown: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&writers).await.unwrap();
        assert_eq!(shown, value, "{setting}");
    }
}

#[sqlx::test]
async fn a_reader_cannot_write(pool: PgPool) {
    let readers = reader((*pool.connect_options()).clone(), "test", "pg_read_all_data", 1);
    let code = |error: Error| error.as_database_error().and_then(|e| e.code().map(String::from));
    assert_eq!(code(refused(&readers, "CREATE TABLE t ()").await).as_deref(), Some("25006"));
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&readers).await.unwrap();
    assert_eq!(role, "pg_read_all_data");
}
