//! Clients of live streams, and when they saw what.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::ensure;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

/// What was produced for each learner and not seen yet, and how long it took to be.
pub(crate) struct Watched {
    produced: Vec<Mutex<Option<Instant>>>,
    seen: Mutex<Vec<f64>>,
    more: Notify,
}

impl Watched {
    pub(crate) fn new(learners: u32) -> Self {
        let produced = (0..=learners).map(|_| Mutex::default()).collect();
        Self { produced, seen: Mutex::default(), more: Notify::new() }
    }

    fn of(&self, learner: u32) -> Option<std::sync::MutexGuard<'_, Option<Instant>>> {
        Some(self.produced.get(learner as usize)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An event of the learner was produced.
    pub(crate) fn produced(&self, learner: u32, at: Instant) {
        if let Some(mut produced) = self.of(learner) {
            *produced = Some(at);
        }
    }

    /// Opens a learner's stream, and watches it once everything was sent that there was.
    pub(crate) async fn open(self: &Arc<Self>, address: SocketAddr, learner: u32) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        let head = format!("GET /api/v1/learners/{learner}/live HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut lines = BufReader::with_capacity(1024, stream);
        let mut line = String::new();
        while !line.starts_with(": current") {
            line.clear();
            ensure!(lines.read_line(&mut line).await? > 0, "the stream of learner {learner} ended");
        }
        tokio::spawn(Arc::clone(self).watch(lines, learner));
        Ok(())
    }

    async fn watch(self: Arc<Self>, mut lines: BufReader<TcpStream>, learner: u32) {
        let mut line = String::new();
        while lines.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            if line.starts_with("data: ")
                && let Some(produced) = self.of(learner).and_then(|mut produced| produced.take())
            {
                let took = produced.elapsed().as_secs_f64() * 1_000.0;
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(took);
                self.more.notify_one();
            }
            line.clear();
        }
    }

    /// How long each took, in milliseconds, once so many were seen.
    pub(crate) async fn all_seen(&self, number: usize) -> Vec<f64> {
        loop {
            {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                if seen.len() >= number {
                    return std::mem::take(&mut *seen);
                }
            }
            self.more.notified().await;
        }
    }
}
