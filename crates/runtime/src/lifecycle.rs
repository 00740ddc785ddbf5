//! The life of a process: named tasks, one order to stop, an end by a deadline whatever is away.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Told to stop, and every task ended by itself.
    Drained,
    /// Told to stop; some tasks were dropped at the deadline. What they had not committed is done again next time.
    CutOff,
    /// A task failed, panicked, or ended though nobody told it to.
    Failed,
}

impl Outcome {
    /// 0 when it was told to stop and did, 1 when it failed.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Drained | Self::CutOff => 0,
            Self::Failed => 1,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        outcome.code().into()
    }
}

/// Runs named tasks until one ends or the process is told to stop, then ends all by a deadline.
#[derive(Debug)]
pub struct Supervisor {
    tasks: JoinSet<anyhow::Result<()>>,
    names: HashMap<Id, &'static str>,
    cancel: CancellationToken,
    deadline: Duration,
}

impl Supervisor {
    /// A supervisor that ends within `deadline` of being told to.
    #[must_use]
    pub fn new(deadline: Duration) -> Self {
        Self { tasks: JoinSet::new(), names: HashMap::new(), cancel: CancellationToken::new(), deadline }
    }

    /// Cancelled when tasks are to stop. Whoever cancels it stops the process.
    #[must_use]
    pub fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Starts a task, which runs until [`Supervisor::cancel`] is cancelled.
    pub fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let handle = self.tasks.spawn(task);
        self.names.insert(handle.id(), name);
    }

    /// Runs until SIGTERM, SIGINT, cancellation or the end of a task; then until all have ended or nine tenths of
    /// the deadline are over, when the rest is dropped. Should even that hang, a thread ends the process at the
    /// deadline itself.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub async fn run(mut self) -> std::io::Result<Outcome> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut failed = tokio::select! {
            // A task that ends because it was just told to is no early end.
            biased;
            _ = terminate.recv() => { tracing::info!("told to stop by SIGTERM"); false }
            _ = interrupt.recv() => { tracing::info!("told to stop by SIGINT"); false }
            () = self.cancel.cancelled() => false,
            Some(ended) = self.tasks.join_next_with_id() => self.ended_early(ended),
        };
        self.cancel.cancel();
        let stopped = Instant::now();
        let _guard = hard_deadline(self.deadline);
        let soft = stopped + self.deadline * 9 / 10;
        loop {
            match tokio::time::timeout_at(soft, self.tasks.join_next_with_id()).await {
                Ok(None) => break,
                Ok(Some(ended)) => failed |= self.ended(ended),
                Err(_) => {
                    let mut left: Vec<_> = self.names.values().copied().collect();
                    left.sort_unstable();
                    tracing::warn!(tasks = ?left, "dropping tasks that did not end in time");
                    self.tasks.abort_all();
                    return Ok(if failed { Outcome::Failed } else { Outcome::CutOff });
                }
            }
        }
        let elapsed_ms = u64::try_from(stopped.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(elapsed_ms, "all tasks ended");
        Ok(if failed { Outcome::Failed } else { Outcome::Drained })
    }

    fn ended_early(&mut self, ended: Result<(Id, anyhow::Result<()>), JoinError>) -> bool {
        if let Ok((id, Ok(()))) = &ended {
            let task = self.names.get(id).copied().unwrap_or_default();
            tracing::error!(task, "a task ended though nobody told it to");
        }
        self.ended(ended);
        true
    }

    /// Notes the end of a task; whether it failed.
    fn ended(&mut self, ended: Result<(Id, anyhow::Result<()>), JoinError>) -> bool {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let task = self.names.remove(&id).unwrap_or_default();
        match ended {
            Ok((_, Ok(()))) => false,
            Ok((_, Err(error))) => {
                tracing::error!(task, error = format!("{error:#}"), "a task failed");
                true
            }
            Err(_) => {
                tracing::error!(task, "a task panicked");
                true
            }
        }
    }
}

/// Ends the process at the deadline from a thread of its own, should the async runtime no longer run. Dropping what
/// it gives back calls that off.
fn hard_deadline(deadline: Duration) -> mpsc::Sender<()> {
    let (called_off, wait) = mpsc::channel();
    let guard = move || {
        if wait.recv_timeout(deadline) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::error!("did not end in time, ending at once");
            std::process::exit(1);
        }
    };
    if std::thread::Builder::new().name("deadline".into()).spawn(guard).is_err() {
        tracing::warn!("no thread for the deadline");
    }
    called_off
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn told_to_stop_it_waits_for_what_is_in_hand() {
        let mut supervisor = Supervisor::new(Duration::from_secs(30));
        let cancel = supervisor.cancel();
        let (done, mut finished) = tokio::sync::oneshot::channel();
        let told = cancel.clone();
        supervisor.spawn("worker", async move {
            told.cancelled().await;
            tokio::task::yield_now().await;
            let _ = done.send(());
            Ok(())
        });
        cancel.cancel();
        assert_eq!(supervisor.run().await.unwrap(), Outcome::Drained);
        assert_eq!(finished.try_recv(), Ok(()));
    }

    #[tokio::test]
    async fn fault_71_a_task_that_does_not_end_is_dropped_at_the_deadline() {
        let mut supervisor = Supervisor::new(SHORT);
        supervisor.spawn("waits for a broker", std::future::pending());
        supervisor.cancel().cancel();
        let begun = Instant::now();
        let outcome = supervisor.run().await.unwrap();
        assert_eq!((outcome, outcome.code()), (Outcome::CutOff, 0));
        assert!(begun.elapsed() < SHORT, "before the process is ended the hard way");
    }

    #[tokio::test]
    async fn a_task_that_fails_stops_the_others_and_the_process_fails() {
        let mut supervisor = Supervisor::new(Duration::from_secs(30));
        let told = supervisor.cancel();
        supervisor.spawn("other", async move {
            told.cancelled().await;
            Ok(())
        });
        supervisor.spawn("bad", async { anyhow::bail!("gone") });
        assert_eq!(supervisor.run().await.unwrap().code(), 1);
    }

    #[tokio::test]
    async fn a_task_that_panics_fails_the_process() {
        let mut supervisor = Supervisor::new(SHORT);
        supervisor.spawn("bad", async { panic!("on purpose") });
        assert_eq!(supervisor.run().await.unwrap(), Outcome::Failed);
    }

    #[tokio::test]
    async fn a_task_that_ends_untold_fails_the_process() {
        let mut supervisor = Supervisor::new(SHORT);
        supervisor.spawn("gives up", async { Ok(()) });
        assert_eq!(supervisor.run().await.unwrap(), Outcome::Failed);
    }

    #[tokio::test]
    async fn a_task_may_stop_the_process_and_end() {
        for _ in 0..50 {
            let mut supervisor = Supervisor::new(Duration::from_secs(30));
            let stop = supervisor.cancel();
            supervisor.spawn("last", async move {
                stop.cancel();
                Ok(())
            });
            assert_eq!(supervisor.run().await.unwrap(), Outcome::Drained);
        }
    }

    #[tokio::test]
    async fn a_failure_while_stopping_is_a_failure() {
        let mut supervisor = Supervisor::new(Duration::from_secs(30));
        let told = supervisor.cancel();
        supervisor.spawn("bad", async move {
            told.cancelled().await;
            anyhow::bail!("could not finish")
        });
        supervisor.cancel().cancel();
        assert_eq!(supervisor.run().await.unwrap(), Outcome::Failed);
    }
}
