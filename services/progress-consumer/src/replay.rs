//! A quarantined message, read again.

use lp_domain::ids::ParseError;
use lp_inbox::Message;
use lp_progress_store::{Catalogue, StoreError, Tellings};
use lp_schema_registry::{EventReader, ReadError};
use sqlx::PgPool;

use crate::sink::now;
use crate::told::{self, Intake};

/// Why a message could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It still cannot be read, or not now.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It was read, but its event id stands for another fact.
    #[error("another fact was told under this event id before")]
    EventIdReused,
    /// What it tells could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine's clock is out of range.
    #[error(transparent)]
    Clock(#[from] ParseError),
}

/// Reads a message again and writes what it tells, as if it had just come; offsets stay as they are.
///
/// # Errors
/// See [`ReplayError`]; nothing was written then.
pub async fn replay(
    pool: &PgPool,
    reader: &EventReader,
    message: &Message,
    intake: &Intake,
) -> Result<(), ReplayError> {
    let Some((envelope, decoded)) = reader.read(&message.headers, message.payload.as_deref()).await? else {
        return Ok(());
    };
    let at = now()?;
    let mut tellings = Tellings::default();
    told::add(&mut tellings, 0, &envelope, &decoded, intake, at);
    let mut tx = pool.begin().await.map_err(StoreError::from)?;
    let outcome = lp_progress_store::apply(&mut tx, &mut Catalogue::default(), &tellings, at).await?;
    if !outcome.reused_ids.is_empty() {
        return Err(ReplayError::EventIdReused);
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
