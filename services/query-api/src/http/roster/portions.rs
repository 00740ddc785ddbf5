//! A whole roster, portion by portion, as fast as somebody takes it.

use std::sync::Arc;
use std::time::Duration;

use lp_progress_store::read::{self, RosterFilter, RosterOrder, RosterPlace, RosterRow, RosterRun, Whose};
use sqlx::PgPool;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Rows that are read at once.
const PORTION: i64 = 2_000;

/// How long a reader may take nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is sent on.
pub(super) enum Portion {
    /// Rows of one run.
    Rows(Arc<str>, Vec<RosterRow>),
    /// That was all. Without it an answer is cut off, and whoever reads it knows.
    End,
}

/// What is exported.
pub(super) struct Export {
    pub(super) pool: PgPool,
    pub(super) runs: Vec<RosterRun>,
    pub(super) filter: RosterFilter,
    pub(super) whose: Whose,
    pub(super) room: OwnedSemaphorePermit,
}

/// Reads on while there is somebody to take it, and at most one portion ahead. Between two portions it holds no connection; when
/// the reader is gone, what is being read is broken off with its connection; a reader that takes nothing for a minute is given
/// up.
pub(super) fn start(export: Export) -> Receiver<sqlx::Result<Portion>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let end = match read_all(&export, &sender).await {
            Ok(true) => Ok(Portion::End),
            Ok(false) => return,
            Err(error) => Err(error),
        };
        // Whoever is gone needs no end.
        let _ = sender.send_timeout(end, PATIENCE).await;
        drop(export.room);
    });
    receiver
}

/// Whether all was taken.
async fn read_all(export: &Export, sender: &Sender<sqlx::Result<Portion>>) -> sqlx::Result<bool> {
    for run in &export.runs {
        let key: Arc<str> = run.run_key.as_str().into();
        let mut after = None;
        loop {
            let Some(rows) = portion(export, run, after.as_ref(), sender).await? else { return Ok(false) };
            after = rows.last().map(|row| row.place.clone());
            let is_last = i64::try_from(rows.len()).is_ok_and(|number| number < PORTION);
            if !rows.is_empty() {
                let portion = Portion::Rows(Arc::clone(&key), rows);
                if sender.send_timeout(Ok(portion), PATIENCE).await.is_err() {
                    return Ok(false);
                }
            }
            if is_last {
                break;
            }
        }
    }
    Ok(true)
}

/// The next rows; `None` when nobody waits for them any more.
async fn portion(
    export: &Export,
    run: &RosterRun,
    after: Option<&RosterPlace>,
    sender: &Sender<sqlx::Result<Portion>>,
) -> sqlx::Result<Option<Vec<RosterRow>>> {
    let mut conn = export.pool.acquire().await?;
    let order = RosterOrder::default();
    let found = tokio::select! {
        rows = read::list_roster(&mut conn, run, &export.filter, order, after, PORTION, export.whose) => Some(rows?),
        () = sender.closed() => None,
    };
    if found.is_none() {
        // Its query may still run: Postgres sees that nobody listens, and ends it.
        conn.close_on_drop();
    }
    Ok(found)
}
