//! What goes wrong in the LMS, or on the way to it.

use std::io;
use std::mem::take;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use futures::stream;

use super::Shared;
use super::world::world;

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done; the answer is a page of this status, as a proxy gives it.
    Page(StatusCode),
    /// What was asked for is done; the connection breaks off before the answer is through.
    Cut,
}

/// Breaks off the answer of a call that is to go wrong so.
pub(super) async fn cut(State(state): Shared, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if take(&mut world(&state).is_cut) {
        let broken = stream::iter([Err::<Vec<u8>, _>(io::Error::from(io::ErrorKind::ConnectionReset))]);
        *response.body_mut() = Body::from_stream(broken);
    }
    response
}
