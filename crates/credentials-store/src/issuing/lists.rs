//! Status lists: places in them, and what is to be signed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Places of new credentials: which list, and the first of so many numbers in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The list.
    pub list_id: i32,
    /// The first number; the others follow.
    pub first: i32,
}

/// A list that is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueList {
    /// The list.
    pub list_id: i32,
    /// `revocation` or `suspension`.
    pub purpose: String,
    /// The places whose bit is set.
    pub set: Vec<i32>,
}

/// Takes up to `wanted` numbers in a list that has room, or a new one: how many there are follows from the room. Whoever takes
/// waits for the one before.
///
/// # Errors
/// When the database refuses.
pub async fn take_places(
    conn: &mut PgConnection,
    purpose: &str,
    wanted: i32,
    length: i32,
) -> sqlx::Result<(Taken, i32)> {
    let open = sqlx::query!(
        "SELECT list_id, taken FROM status_lists WHERE purpose = $1 AND taken < $2 ORDER BY list_id LIMIT 1 FOR UPDATE",
        purpose,
        length,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let (list_id, first) = if let Some(open) = open {
        (open.list_id, open.taken)
    } else {
        let made = sqlx::query_scalar!(
            "INSERT INTO status_lists (purpose, changed_at) VALUES ($1, 'epoch') RETURNING list_id",
            purpose,
        );
        (made.fetch_one(&mut *conn).await?, 0)
    };
    let count = wanted.min(length - first);
    sqlx::query!("UPDATE status_lists SET taken = taken + $2 WHERE list_id = $1", list_id, count)
        .execute(conn)
        .await?;
    Ok((Taken { list_id, first }, count))
}

/// Marks lists in which bits changed.
pub(super) async fn mark_changed(conn: &mut PgConnection, lists: &[i32]) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE status_lists SET changed_at = coalesce(changed_at, clock_timestamp())
         WHERE list_id IN (SELECT list_id FROM status_lists WHERE list_id = ANY($1) ORDER BY list_id FOR UPDATE)
             AND changed_at IS NULL",
        lists,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The list that is to be signed first: one that changed before `changed_before`, or expires before `expires_before`. It is
/// held until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn next_list(
    conn: &mut PgConnection,
    changed_before: DateTime<Utc>,
    expires_before: DateTime<Utc>,
) -> sqlx::Result<Option<DueList>> {
    let list = sqlx::query!(
        "SELECT list_id, purpose FROM status_lists WHERE changed_at <= $1 OR expires_at <= $2
         ORDER BY changed_at NULLS LAST, expires_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        changed_before,
        expires_before,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(list) = list else { return Ok(None) };
    let set = sqlx::query_scalar!(
        r#"SELECT revocation_place AS "place!" FROM credentials
           WHERE revocation_list = $1 AND status IN ('revoked', 'withdrawn')
           UNION ALL
           SELECT suspension_place FROM credentials WHERE suspension_list = $1 AND status = 'suspended'"#,
        list.list_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(Some(DueList { list_id: list.list_id, purpose: list.purpose, set }))
}

/// Keeps a list as it is signed.
///
/// # Errors
/// When the database refuses.
pub async fn put_list(
    conn: &mut PgConnection,
    list_id: i32,
    document: &str,
    (signed_at, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE status_lists SET document = $2, signed_at = $3, expires_at = $4, changed_at = NULL WHERE list_id = $1",
        list_id,
        document,
        signed_at,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A list as it is signed, and until when it holds.
///
/// # Errors
/// When the database refuses.
pub async fn get_list(
    conn: &mut PgConnection,
    purpose: &str,
    list_id: i32,
) -> sqlx::Result<Option<(String, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"SELECT document AS "document!", expires_at AS "expires_at!" FROM status_lists
           WHERE list_id = $1 AND purpose = $2 AND document IS NOT NULL"#,
        list_id,
        purpose,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.document, row.expires_at)))
}
