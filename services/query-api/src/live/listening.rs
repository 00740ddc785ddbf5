//! The one connection that hears what the writers notify.

use std::time::Duration;

use lp_progress_store::read::{self, Listener};
use tokio::time::{sleep, timeout};

use super::Inner;

/// Nothing heard for so long, the connection is asked whether it is there.
const QUIET: Duration = Duration::from_secs(30);
/// How long its answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before connecting again, at first and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Listens for ever.
pub(super) async fn listen(live: &Inner) {
    let mut pause = BACK_OFF.0;
    loop {
        match once(live, &mut pause).await {
            Ok(()) => tracing::warn!("the connection that live streams listen to was lost"),
            Err(error) => tracing::error!(%error, "live streams cannot listen to the database"),
        }
        metrics::gauge!("lp_query_live_listening").set(0.0);
        sleep(pause).await;
        pause = (pause * 2).min(BACK_OFF.1);
    }
}

/// Listens as long as a connection lasts.
async fn once(live: &Inner, pause: &mut Duration) -> sqlx::Result<()> {
    let mut listener = Listener::connect(&live.database).await?;
    // Only now: what commits while this is read is heard.
    make_up(live).await?;
    metrics::gauge!("lp_query_live_listening").set(1.0);
    *pause = BACK_OFF.0;
    loop {
        match timeout(QUIET, listener.next()).await {
            Ok(Ok(Some(learners))) => live.hub.mark(&learners),
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_quiet) => {
                timeout(PATIENCE, listener.check()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            }
        }
    }
}

/// Marks the streams whose learners changed while nobody listened: one query, however many there are.
async fn make_up(live: &Inner) -> sqlx::Result<()> {
    let learners = live.hub.learners();
    if learners.is_empty() {
        return Ok(());
    }
    let _turn = live.turn().await?;
    let versions = read::versions(&mut *live.database.acquire().await?, &learners).await?;
    live.hub.mark_older(&versions);
    Ok(())
}
