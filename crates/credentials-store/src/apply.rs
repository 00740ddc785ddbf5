//! One batch of the consumer: effects and offsets in one transaction.

use lp_inbox::{Advance, OffsetError, Quarantined};
use sqlx::PgPool;

use crate::record::{Tellings, record};

/// What one batch of messages comes to.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What its events tell.
    pub tellings: Tellings,
    /// What could not be read.
    pub quarantined: Vec<Quarantined>,
    /// Where the consumer stands after it.
    pub advances: Vec<Advance>,
}

/// Writes a batch whole or not at all. A batch of which an earlier commit went through, though its answer was lost, is
/// left as it is.
///
/// # Errors
/// [`OffsetError::Fenced`] when the partition has another owner by now: drop the batch. The database's errors else.
pub async fn apply(pool: &PgPool, batch: &Batch) -> Result<(), OffsetError> {
    let mut tx = pool.begin().await?;
    if lp_inbox::advance(&mut tx, &batch.advances).await? {
        // First what was put aside: a retirement of the same batch erases there too.
        lp_inbox::insert(&mut tx, &batch.quarantined).await?;
        record(&mut tx, &batch.tellings).await?;
        tx.commit().await?;
    }
    Ok(())
}
