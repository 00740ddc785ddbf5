//! Pictures, by what is in them.

use sqlx::PgConnection;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// `image/png` or `image/svg+xml`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Keeps a picture under the SHA-256 of its bytes; one that is there stays.
///
/// # Errors
/// When the database refuses.
pub async fn put_image(conn: &mut PgConnection, digest: &[u8; 32], image: &ImageRow) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO images (digest, media_type, bytes) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
        digest,
        image.media_type,
        image.bytes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a picture is there.
///
/// # Errors
/// When the database refuses.
pub async fn has_image(conn: &mut PgConnection, digest: &[u8]) -> sqlx::Result<bool> {
    let found =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM images WHERE digest = $1) AS "is!""#, digest);
    found.fetch_one(conn).await
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
