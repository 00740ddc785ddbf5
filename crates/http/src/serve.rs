//! Serves a router until told to stop, then drains.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{Connection, Watched};
use crate::layers::Limits;

/// Serves HTTP/1 on `listener` until `cancel`; then takes no new connection, lets requests in flight end within
/// [`Limits::drain`], and drops the rest.
///
/// # Errors
/// Only when the listener itself breaks.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    cancel: CancellationToken,
) -> io::Result<()> {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(limits.max_header_bytes.max(8 * 1024));
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let connections = TaskTracker::new();
    let dropped = CancellationToken::new();
    tracing::info!(address = %listener.local_addr()?, "listening");
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = cancel.cancelled() => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _peer)) => stream,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                // Out of file descriptors: wait for some to be freed instead of spinning.
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(500)).await;
                continue;
            }
        };
        let Ok(slot) = slot else { break };
        let stream = Watched::new(stream, Connection::new(slot), limits.write_timeout);
        let connection = one_connection(http.clone(), stream, router.clone(), cancel.clone());
        let dropped = dropped.clone();
        connections.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = dropped.cancelled() => {}
            }
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "dropping connections that did not end in time");
        dropped.cancel();
    }
    Ok(())
}

async fn one_connection(
    http: hyper::server::conn::http1::Builder,
    stream: Watched,
    router: Router,
    cancel: CancellationToken,
) {
    let (itself, service) = (stream.connection().clone(), TowerToHyperService::new(router));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(itself.clone());
        service.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = cancel.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Timeouts, resets and malformed requests: the caller's doing, not worth more.
        tracing::debug!(%error, "a connection ended badly");
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
