//! Pictures, by what is in them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// `image/png` or `image/svg+xml`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Keeps a picture under the SHA-256 of its bytes; one that is there counts as stored just now.
///
/// # Errors
/// When the database refuses.
pub async fn put_image(conn: &mut PgConnection, digest: &[u8; 32], image: &ImageRow) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO images (digest, media_type, bytes) VALUES ($1, $2, $3) ON CONFLICT (digest)
         DO UPDATE SET stored_at = now()",
        digest,
        image.media_type,
        image.bytes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a picture is there; it stays until the transaction ends, so that what names it finds it.
///
/// # Errors
/// When the database refuses.
pub async fn has_image(conn: &mut PgConnection, digest: &[u8]) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT digest FROM images WHERE digest = $1 FOR KEY SHARE", digest);
    Ok(found.fetch_optional(conn).await?.is_some())
}

/// Removes up to `limit` pictures that were stored before this and that no version of a definition or an issuer names; how many
/// these were. In a transaction of its own.
///
/// # Errors
/// When the database refuses.
pub async fn remove_unnamed(
    conn: &mut PgConnection,
    stored_before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<u64> {
    let held = sqlx::query_scalar!(
        "SELECT digest FROM images
         WHERE stored_at < $1 AND NOT EXISTS (SELECT FROM named_images n WHERE n.digest = encode(images.digest, 'hex'))
         ORDER BY stored_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        stored_before,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    if held.is_empty() {
        return Ok(0);
    }
    // Whoever had looked at one of them before it was held may have named it: now that is seen.
    let removed = sqlx::query!(
        "DELETE FROM images
         WHERE digest = ANY($1) AND NOT EXISTS (SELECT FROM named_images n WHERE n.digest = encode(images.digest, 'hex'))",
        &held,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected())
}

/// A picture, if it is there.
///
/// # Errors
/// When the database refuses.
pub async fn get_image(conn: &mut PgConnection, digest: &[u8]) -> sqlx::Result<Option<ImageRow>> {
    sqlx::query_as!(ImageRow, "SELECT media_type, bytes FROM images WHERE digest = $1", digest)
        .fetch_optional(conn)
        .await
}
