//! Streams of a learner's runs: their state first, then whatever changes.
//!
//! One connection of the process listens to what the writers notify ([`listening`]); the [`hub`] knows the open streams and
//! leaves each at most one mark that there is something newer; a [`stream`] that is marked reads the learner's runs and sends
//! those that differ from what its client [`known`] has. So nothing grows with the number of changes, and a client that
//! reads slowly is sent the newest state, not every one.

mod hub;
mod known;
mod listening;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use lp_progress_store::read;
use sqlx::PgPool;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use hub::Hub;
pub(crate) use hub::{Full, Place};
pub(crate) use known::Known;
pub(crate) use stream::stream;

/// Streams that read at once; others wait for their turn.
const READERS: u32 = 4;

/// How a run is written: as the list of a learner's runs has it.
pub(crate) type Render = fn(read::LearnerRun) -> serde_json::Result<String>;

/// How many streams there may be, and how often they show that they are alive.
#[derive(Debug, Clone, Copy)]
pub struct LiveLimits {
    /// Streams at once.
    pub max_streams: usize,
    /// Streams of one learner at once.
    pub max_streams_per_learner: usize,
    /// How long a stream is silent at most: shorter than what proxies wait for.
    pub heartbeat: Duration,
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self { max_streams: 5_000, max_streams_per_learner: 10, heartbeat: Duration::from_secs(15) }
    }
}

/// All streams of the process. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    hub: Hub,
    database: PgPool,
    turns: Semaphore,
    heartbeat: Duration,
    closing: CancellationToken,
}

impl Live {
    /// Reads by `database`, which takes the role that only reads, on a server that can be listened to. Streams end when
    /// `closing` is cancelled. Nothing is heard before [`Live::listen`] runs.
    #[must_use]
    pub fn new(database: PgPool, limits: LiveLimits, closing: CancellationToken) -> Self {
        let LiveLimits { max_streams, max_streams_per_learner, heartbeat } = limits;
        let turns = Semaphore::new(READERS as usize);
        let hub = Hub::new(max_streams, max_streams_per_learner);
        Self(Arc::new(Inner { hub, database, turns, heartbeat, closing }))
    }

    /// A database's connections, as many as are used: readers, and one that listens.
    #[must_use]
    pub fn pool(login: sqlx::postgres::PgConnectOptions) -> PgPool {
        read::pool(login, READERS + 1)
    }

    /// Passes on what is notified, until the streams are closed. A database that is away is found again when it is back, and
    /// what was missed is made up for.
    pub async fn listen(&self) {
        self.0.closing.run_until_cancelled(listening::listen(&self.0)).await;
    }

    /// A place among the streams of a learner, from which on changes are heard.
    pub(crate) fn place(&self, learner: i64) -> Result<Place, Full> {
        Hub::place(&self.0, learner)
    }

    /// Whether the learner is retired.
    pub(crate) async fn is_retired(&self, learner: i64) -> sqlx::Result<bool> {
        let _turn = self.0.turn().await?;
        let mut conn = self.0.database.acquire().await?;
        Ok(read::learner_state(&mut conn, learner).await?.is_retired)
    }
}

impl Inner {
    /// One reads when it is one's turn, so that a change of very many learners does not take all of Postgres, and nobody is
    /// refused for having waited.
    async fn turn(&self) -> sqlx::Result<SemaphorePermit<'_>> {
        self.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)
    }
}
