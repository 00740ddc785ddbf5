//! The connection that a request came by, and its client's patience.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

/// How much the kernel keeps unsent for a stream, in bytes (Linux takes twice that): some events, where it would take megabytes.
const STREAM_SEND_BUFFER: usize = 16 * 1024;

/// The connection that a request came by; an extension of every request that [`crate::serve`] took in.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    slot: Mutex<Option<OwnedSemaphorePermit>>,
    is_stream: AtomicBool,
    has_stalled: AtomicBool,
}

impl Connection {
    pub(crate) fn new(slot: OwnedSemaphorePermit) -> Self {
        let (is_stream, has_stalled) = (AtomicBool::new(false), AtomicBool::new(false));
        Self(Arc::new(Inner { slot: Mutex::new(Some(slot)), is_stream, has_stalled }))
    }

    /// From now on it carries one stream, after which it must be closed (`Connection: close`): it gives up its place among
    /// [`crate::Limits::max_connections`], which would else be used up by streams, so whoever calls this counts them. The
    /// kernel keeps little for a client that does not read.
    pub fn carry_a_stream(&self) {
        self.0.is_stream.store(true, Ordering::Relaxed);
        drop(self.0.slot.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether it is cut off since its client took nothing of what was sent for too long.
    #[must_use]
    pub fn has_stalled(&self) -> bool {
        self.0.has_stalled.load(Ordering::Relaxed)
    }
}

/// A socket that fails once its client took nothing for too long.
pub(crate) struct Watched {
    stream: TcpStream,
    connection: Connection,
    patience: Duration,
    /// Runs while something waits to be taken.
    waiting: Option<Pin<Box<Sleep>>>,
    is_narrow: bool,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, connection: Connection, patience: Duration) -> Self {
        Self { stream, connection, patience, waiting: None, is_narrow: false }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Writes by `write`, and gives up when that is not possible for too long.
    fn within<T>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if !self.is_narrow && self.connection.0.is_stream.load(Ordering::Relaxed) {
            self.is_narrow = true;
            SockRef::from(&self.stream).set_send_buffer_size(STREAM_SEND_BUFFER)?;
        }
        if let Poll::Ready(done) = write(Pin::new(&mut self.stream), cx) {
            self.waiting = None;
            return Poll::Ready(done);
        }
        let patience = self.patience;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        self.connection.0.has_stalled.store(true, Ordering::Relaxed);
        metrics::counter!("lp_http_connections_stalled_total").increment(1);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.within(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.within(cx, |stream, cx| stream.poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
