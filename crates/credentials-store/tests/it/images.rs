//! Pictures stay as long as something names them, and a while before.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lp_credentials_store::WRITER_ROLE;
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::issuing::images::{ImageRow, has_image, put_image, remove_unnamed};
use lp_credentials_store::issuing::versions::{put_definition, put_issuer};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

const BY: By<'static> = By { actor: "user:1", request_id: None, reason: None };

/// A connection in the role that services have.
async fn writer(pool: &PgPool) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    let mut conn = pool.acquire().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("SET ROLE {WRITER_ROLE}"))).execute(&mut *conn).await.unwrap();
    conn
}

/// The digest of the picture of this number, which is stored; as definitions have it.
async fn store(conn: &mut PgConnection, number: u8) -> String {
    let image = ImageRow { media_type: "image/png".into(), bytes: vec![number] };
    put_image(conn, &[number; 32], &image).await.unwrap();
    format!("{number:02x}").repeat(32)
}

async fn left(conn: &mut PgConnection) -> Vec<u8> {
    let all = sqlx::query_scalar::<_, Vec<u8>>("SELECT bytes FROM images ORDER BY bytes").fetch_all(conn);
    all.await.unwrap().concat()
}

fn later() -> DateTime<Utc> {
    Utc::now() + chrono::TimeDelta::seconds(1)
}

async fn define(conn: &mut PgConnection, definition: Value) {
    put_definition(conn, &BY, ("Org", "Org+N"), &definition).await.unwrap();
}

#[sqlx::test]
async fn what_no_version_names_is_removed_after_a_while(pool: PgPool) {
    let mut conn = writer(&pool).await;
    let mut digests = Vec::new();
    for number in 1..=7 {
        digests.push(store(&mut conn, number).await);
    }
    put_issuer(&mut conn, &BY, "Org", &json!({ "name": "O", "image": digests[0] })).await.unwrap();
    put_issuer(&mut conn, &BY, "Org", &json!({ "name": "O", "image": digests[1] })).await.unwrap();
    let signed = json!([{ "name": "A", "signature": digests[3] }, { "name": "B" }]);
    define(&mut conn, json!({ "image": digests[2], "signatories": signed })).await;
    define(&mut conn, json!({ "name": "without" })).await;
    assert_eq!(
        remove_unnamed(&mut conn, Utc::now() - chrono::TimeDelta::days(1), 10).await.unwrap(),
        0,
        "too young"
    );
    let before = Utc::now();
    // Stored again, it is as new.
    sqlx::query("SELECT pg_sleep(0.01)").execute(&mut *conn).await.unwrap();
    store(&mut conn, 7).await;
    assert_eq!(remove_unnamed(&mut conn, before, 1).await.unwrap(), 1);
    assert_eq!(left(&mut conn).await, [1, 2, 3, 4, 6, 7]);
    assert_eq!(remove_unnamed(&mut conn, before, 10).await.unwrap(), 1);
    assert_eq!(left(&mut conn).await, [1, 2, 3, 4, 7], "of former versions, too");
}

#[sqlx::test]
async fn a_picture_that_is_being_named_stays(pool: PgPool) {
    let (mut naming, mut removing) = (writer(&pool).await, writer(&pool).await);
    let digest = store(&mut naming, 1).await;
    let mut tx = sqlx::Connection::begin(&mut *naming).await.unwrap();
    assert!(has_image(&mut tx, &[1; 32]).await.unwrap());
    assert_eq!(remove_unnamed(&mut removing, later(), 10).await.unwrap(), 0);
    define(&mut tx, json!({ "image": digest })).await;
    assert_eq!(remove_unnamed(&mut removing, later(), 10).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(remove_unnamed(&mut removing, later(), 10).await.unwrap(), 0);
    assert_eq!(left(&mut removing).await, [1]);
}

#[sqlx::test]
async fn a_picture_that_is_being_removed_is_not_there_for_whoever_would_name_it(pool: PgPool) {
    let (mut naming, mut removing) = (writer(&pool).await, writer(&pool).await);
    store(&mut naming, 1).await;
    let mut tx = sqlx::Connection::begin(&mut *removing).await.unwrap();
    assert_eq!(remove_unnamed(&mut tx, later(), 10).await.unwrap(), 1);
    let asking = tokio::spawn(async move { has_image(&mut naming, &[1; 32]).await.unwrap() });
    let deadline = Instant::now() + Duration::from_secs(20);
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&pool).await.unwrap() {
        assert!(Instant::now() < deadline && !asking.is_finished(), "it does not wait");
    }
    tx.commit().await.unwrap();
    assert!(!asking.await.unwrap());
}
