//! Keys that credentials are signed with.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::audit::{self, By, Change};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// What is signed from now on is signed with it.
    Current,
    /// What it signed stays good.
    Former,
    /// Others may have it: what it signed is signed anew, and it is shown to nobody.
    Compromised,
}

impl KeyState {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Former => "former",
            Self::Compromised => "compromised",
        }
    }

    fn from_word(word: &str) -> sqlx::Result<Self> {
        match word {
            "current" => Ok(Self::Current),
            "former" => Ok(Self::Former),
            "compromised" => Ok(Self::Compromised),
            _ => Err(sqlx::Error::Decode(format!("{word} is no state of a key").into())),
        }
    }
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Multikey.
    pub public_key: String,
    /// What it is for.
    pub state: KeyState,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Until when it was the current one.
    pub ended_at: Option<DateTime<Utc>>,
}

/// All keys, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_keys(conn: &mut PgConnection) -> sqlx::Result<Vec<KeyRow>> {
    let rows = sqlx::query!(
        "SELECT public_key, state, made_at, ended_at FROM signing_keys ORDER BY made_at DESC, public_key"
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = KeyState::from_word(&row.state)?;
            Ok(KeyRow { public_key: row.public_key, state, made_at: row.made_at, ended_at: row.ended_at })
        })
        .collect()
}

/// The current key: its public half, and its secret as it is sealed.
///
/// # Errors
/// When the database refuses.
pub async fn current_key(conn: &mut PgConnection) -> sqlx::Result<Option<(String, Vec<u8>)>> {
    let row = sqlx::query!("SELECT public_key, sealed_secret FROM signing_keys WHERE state = 'current'")
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| (row.public_key, row.sealed_secret)))
}

/// Makes a key the current one; the one before it becomes a former one.
///
/// # Errors
/// When the database refuses.
pub async fn put_key(
    conn: &mut PgConnection,
    by: &By<'_>,
    public_key: &str,
    sealed_secret: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE signing_keys SET state = 'former', ended_at = clock_timestamp() WHERE state = 'current'"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO signing_keys (public_key, sealed_secret) VALUES ($1, $2)",
        public_key,
        sealed_secret,
    )
    .execute(&mut *conn)
    .await?;
    let change = Change { action: "key.made", target: public_key, org: None, before: None, after: None };
    audit::record(conn, by, change).await
}

/// Gives a key up that others may have: everything that it signed is to be signed anew, credentials one by one, lists at
/// once. Says how many credentials these are; nothing when there is no such key, or it is the current one.
///
/// # Errors
/// When the database refuses.
pub async fn give_up_key(
    conn: &mut PgConnection,
    by: &By<'_>,
    public_key: &str,
) -> sqlx::Result<Option<u64>> {
    let given_up = sqlx::query!(
        "UPDATE signing_keys SET state = 'compromised', sealed_secret = ''
         WHERE public_key = $1 AND state IN ('former', 'compromised')",
        public_key,
    )
    .execute(&mut *conn)
    .await?;
    if given_up.rows_affected() == 0 {
        return Ok(None);
    }
    let due = sqlx::query!(
        "INSERT INTO due_awards (completion_id)
         SELECT c.completion_id FROM credential_documents d JOIN credentials c USING (credential_id)
         WHERE d.public_key = $1
         ON CONFLICT (completion_id) DO UPDATE SET due_at = now()",
        public_key,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE status_lists SET changed_at = coalesce(changed_at, 'epoch')")
        .execute(&mut *conn)
        .await?;
    let change = Change { action: "key.given_up", target: public_key, org: None, before: None, after: None };
    audit::record(conn, by, change).await?;
    Ok(Some(due.rows_affected()))
}
