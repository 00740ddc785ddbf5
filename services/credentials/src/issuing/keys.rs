//! The keys that credentials are signed with.

use lp_open_badges::{PublicKey, SecretKey, Signer};
use sqlx::PgConnection;

use super::secrets::{Secrets, Unsealed};
use super::site::Site;
use crate::store::issuing::audit::By;
use crate::store::issuing::keys::{current_key, put_key};

/// Held while the first key is made, so that two services do not make two.
const LOCK: i64 = 0x6c70_5f6b_6579_7300;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database refuses.
    #[error("the credentials database refused")]
    Database(#[from] sqlx::Error),
    /// It cannot be read.
    #[error(transparent)]
    Unsealed(#[from] Unsealed),
}

/// The key that signs from now on, made if there is none yet; in the caller's transaction.
///
/// # Errors
/// See [`KeyError`].
pub async fn ensure_key(
    conn: &mut PgConnection,
    by: &By<'_>,
    secrets: &Secrets,
) -> Result<PublicKey, KeyError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *conn).await?;
    match current_key(conn).await? {
        Some((_, sealed)) => Ok(secrets.open(&sealed)?.public()),
        None => make(conn, by, secrets).await,
    }
}

/// Makes a key that signs from now on; what others signed stays good. In the caller's transaction.
///
/// # Errors
/// See [`KeyError`].
pub async fn rotate_key(
    conn: &mut PgConnection,
    by: &By<'_>,
    secrets: &Secrets,
) -> Result<PublicKey, KeyError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *conn).await?;
    make(conn, by, secrets).await
}

async fn make(conn: &mut PgConnection, by: &By<'_>, secrets: &Secrets) -> Result<PublicKey, KeyError> {
    let key = SecretKey::from_seed(&rand::random());
    put_key(conn, by, &key.public().to_string(), &secrets.seal(&key)).await?;
    Ok(key.public())
}

/// Who signs now.
pub(super) struct Signing {
    pub(super) signer: Signer,
    pub(super) public_key: String,
}

/// Who signs now; nobody as long as there is no key.
pub(super) async fn signing(
    conn: &mut PgConnection,
    secrets: &Secrets,
    site: &Site,
) -> Result<Option<Signing>, KeyError> {
    let Some((public_key, sealed)) = current_key(conn).await? else { return Ok(None) };
    let signer = Signer::new(site.did().clone(), secrets.open(&sealed)?);
    Ok(Some(Signing { signer, public_key }))
}
