//! One stream, from its first byte to its end.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use chrono::Utc;
use futures::{Stream, stream};
use lp_http::{Caller, Connection, Kind, Permission, Target};
use lp_progress_store::read;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{Known, Place, Render};

/// Runs that are read and sent at once.
const PAGE: i64 = 50;
/// How long to wait before reading again when the database was away.
const AGAIN: Duration = Duration::from_secs(1);
/// A comment, which clients pass over.
const BEAT: &str = ":\n\n";
/// Clients come back after so long, each learner's after another time, so that they do not all come at once.
const RETRY_MS: (i64, i64) = (2_000, 4_000);

/// Why a stream ends that its client did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The token no longer holds.
    Expired,
    /// The caller may no longer see it.
    Refused,
    /// The learner is retired.
    Retired,
    /// The service ends.
    Shutdown,
    /// The client reads too slowly.
    Slow,
    /// It cannot be read.
    Failed,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Retired => "retired",
            Self::Shutdown => "shutdown",
            Self::Slow => "slow",
            Self::Failed => "failed",
        }
    }
}

/// Why runs were not read.
enum Unread {
    /// For good.
    Ends(End),
    /// The database is away.
    Away,
    /// It is still not its turn, and it has been silent for long enough.
    Waits,
}

impl From<sqlx::Error> for Unread {
    fn from(error: sqlx::Error) -> Self {
        if lp_postgres::is_away(&error) {
            tracing::debug!(%error, "a live stream reads again");
            Self::Away
        } else {
            tracing::error!(%error, "a live stream cannot be read");
            Self::Ends(End::Failed)
        }
    }
}

/// What a stream does next.
enum Next {
    /// Say when to come back.
    Greet,
    /// Read the runs after this one, or all; since when there is something new.
    Read { after: Option<String>, since: Option<std::time::Instant> },
    /// Wait for something newer.
    Wait,
}

struct Open {
    place: Place,
    caller: Caller,
    known: Known,
    render: Render,
    connection: Option<Connection>,
    next: Next,
    /// Whether all runs were looked at once.
    is_current: bool,
    /// When it has been silent for long enough.
    beat_at: Instant,
    /// When the token no longer holds.
    expires_at: Option<Instant>,
    end: Option<End>,
}

/// What a client is sent that has `known` already.
pub(crate) fn stream(
    place: Place,
    caller: Caller,
    known: Known,
    render: Render,
    connection: Option<Connection>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let now = Instant::now();
    let left = caller.expires_at().map(|at| (at - Utc::now()).to_std().unwrap_or(Duration::ZERO));
    let expires_at = left.and_then(|left| now.checked_add(left));
    let open = Open {
        beat_at: now + place.live.heartbeat,
        place,
        caller,
        known,
        render,
        connection,
        next: Next::Greet,
        is_current: false,
        expires_at,
        end: None,
    };
    stream::unfold(open, |mut open| async move {
        match open.text().await {
            Ok(text) => {
                open.beat_at = Instant::now() + open.place.live.heartbeat;
                Some((Ok(Bytes::from(text)), open))
            }
            Err(end) => {
                open.end = Some(end);
                drop(open);
                None
            }
        }
    })
}

impl Open {
    /// What is sent next.
    async fn text(&mut self) -> Result<String, End> {
        loop {
            match std::mem::replace(&mut self.next, Next::Wait) {
                Next::Greet => {
                    self.next = Next::Read { after: None, since: None };
                    let retry = RETRY_MS.0 + self.place.learner.rem_euclid(RETRY_MS.1);
                    return Ok(format!("retry: {retry}\n\n"));
                }
                Next::Read { after, since } => {
                    // Boxed, so that a stream that waits, as most do, is small.
                    let text = match Box::pin(self.unless_over(self.read(after.as_deref()))).await? {
                        Ok(runs) => self.page(runs, since)?,
                        Err(Unread::Ends(end)) => return Err(end),
                        Err(Unread::Away) => {
                            self.unless_over(sleep(AGAIN)).await?;
                            self.next = Next::Read { after, since };
                            if self.beat_at <= Instant::now() {
                                return Ok(BEAT.into());
                            }
                            continue;
                        }
                        Err(Unread::Waits) => {
                            self.next = Next::Read { after, since };
                            return Ok(BEAT.into());
                        }
                    };
                    if !text.is_empty() {
                        if let Some(since) = since {
                            metrics::histogram!("lp_query_live_seconds")
                                .record(since.elapsed().as_secs_f64());
                        }
                        return Ok(text);
                    }
                }
                Next::Wait => {
                    let changed = timeout_at(self.beat_at, self.place.changed());
                    if self.unless_over(changed).await?.is_err() {
                        return Ok(BEAT.into());
                    }
                    self.next = Next::Read { after: None, since: self.place.take_mark() };
                }
            }
        }
    }

    /// The events of a page of runs.
    fn page(
        &mut self,
        runs: Vec<read::LearnerRun>,
        since: Option<std::time::Instant>,
    ) -> Result<String, End> {
        let is_last = i64::try_from(runs.len()).is_ok_and(|runs| runs < PAGE);
        let last = runs.last().filter(|_| !is_last).map(|run| run.run_key.clone());
        let mut text = String::new();
        for run in runs {
            let key = run.run_key.clone();
            let state = (self.render)(run).map_err(|_| End::Failed)?;
            if self.known.learn(&key, &state) {
                text.extend(["event: run\nid: ", &self.known.id(), "\ndata: ", &state, "\n\n"]);
            }
        }
        if last.is_some() {
            self.next = Next::Read { after: last, since };
        } else if !std::mem::replace(&mut self.is_current, true) {
            text.push_str(": current\n\n");
        }
        Ok(text)
    }

    /// Reads a page of runs, when it is its turn.
    async fn read(&self, after: Option<&str>) -> Result<Vec<read::LearnerRun>, Unread> {
        let Place { live, learner, .. } = &self.place;
        if after.is_none() {
            let allowed = self.caller.require(Permission::ReadProgress, Target::Learner(*learner)).await;
            allowed.map_err(|problem| match problem.kind() {
                Kind::Forbidden => Unread::Ends(End::Refused),
                _ => Unread::Away,
            })?;
        }
        let _turn = timeout_at(self.beat_at, live.turn()).await.map_err(|_| Unread::Waits)??;
        let mut conn = live.database.acquire().await?;
        if after.is_none() {
            let state = read::learner_state(&mut conn, *learner).await?;
            if state.is_retired {
                return Err(Unread::Ends(End::Retired));
            }
            self.place.looked_at(state.version);
        }
        Ok(read::list_learner_runs(&mut conn, *learner, None, after, PAGE).await?)
    }

    /// Does this, unless the stream is over before.
    async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        let expired = async {
            match self.expires_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.place.live.closing.cancelled() => Err(End::Shutdown),
            () = expired => Err(End::Expired),
            done = work => Ok(done),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let stalled = self.connection.as_ref().is_some_and(Connection::has_stalled);
        if let Some(end) = self.end.or(stalled.then_some(End::Slow)) {
            metrics::counter!("lp_query_streams_cut_total", "reason" => end.word()).increment(1);
        }
    }
}
