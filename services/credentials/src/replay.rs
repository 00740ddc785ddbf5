//! A quarantined message, read again.

use lp_events::{Decoded, Poison};
use lp_inbox::Message;
use lp_schema_registry::{EventReader, ReadError};
use sqlx::PgPool;

use crate::{store, told};

/// Why a message could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It still cannot be read, or not now.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It was read, but holds what cannot be recorded.
    #[error(transparent)]
    Poison(#[from] Poison),
    /// What it tells could not be written.
    #[error("what it tells could not be written")]
    Database(#[from] sqlx::Error),
}

/// Reads a message again and records what it tells, as if it had just come; offsets stay as they are.
///
/// # Errors
/// See [`ReplayError`]; nothing was written then.
pub async fn replay(pool: &PgPool, reader: &EventReader, message: &Message) -> Result<(), ReplayError> {
    let read = reader.read(&message.headers, message.payload.as_deref()).await?;
    let Some((envelope, Decoded::Path(event))) = read else { return Ok(()) };
    let mut tellings = store::Tellings::default();
    told::add(&mut tellings, &envelope, event)?;
    let mut tx = pool.begin().await?;
    store::record(&mut tx, &tellings).await?;
    tx.commit().await?;
    Ok(())
}
