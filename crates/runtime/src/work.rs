//! What goes on beside requests and events, portion by portion.

use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

/// Something that is done portion by portion, each in a transaction of its own: a process that ends leaves the rest to the next.
pub trait Work: Send {
    /// Why a portion fails.
    type Error: std::error::Error + From<sqlx::Error> + Send;

    /// What the log says when one failed.
    const FAILED: &'static str;

    /// Does some of it; whether there may be more.
    fn portion(&mut self, conn: &mut PgConnection) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Puts what failed behind the others.
    fn postpone(_conn: &mut PgConnection) -> impl Future<Output = Result<(), Self::Error>> + Send {
        async { Ok(()) }
    }
}

/// Does portions while there are some, then looks again every `idle`; until `cancel`.
pub async fn every<W: Work>(idle: Duration, mut work: W, pool: &PgPool, cancel: &CancellationToken) {
    while !cancel.is_cancelled() {
        match portion(&mut work, pool).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "{}", W::FAILED);
                // The next one's turn. A database that is away cannot be told, and need not be.
                let _ = async { W::postpone(&mut *pool.acquire().await?).await }.await;
            }
        }
        cancel.run_until_cancelled(tokio::time::sleep(idle)).await;
    }
}

async fn portion<W: Work>(work: &mut W, pool: &PgPool) -> Result<bool, W::Error> {
    let mut tx = pool.begin().await?;
    match work.portion(&mut tx).await {
        Ok(more) => {
            tx.commit().await?;
            Ok(more)
        }
        Err(error) => {
            // Ended here and now, so that its rows are free for what comes next.
            tx.rollback().await?;
            Err(error)
        }
    }
}
