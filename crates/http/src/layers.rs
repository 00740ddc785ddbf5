//! What surrounds every route: limits, request ids, traces, answers to panics.

use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::problem::{Kind, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest path with query that is looked at, in bytes.
const MAX_URI_BYTES: usize = 8 * 1024;

/// The id of a request, as it stands in logs, traces and the answer. An extension of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// What one service takes on.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// The largest body, in bytes.
    pub max_body_bytes: usize,
    /// Requests at once; more are answered 503 at once.
    pub max_concurrent_requests: usize,
    /// Requests a minute of one caller, to this process; none where there is no such bound.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Connections at once; more wait in the listen queue. Those that carry a stream are counted by whoever opens it.
    pub max_connections: usize,
    /// How long a client may take nothing of what is sent to it; then its connection is cut off.
    pub write_timeout: Duration,
    /// How long the head of a request may take to arrive, also on an idle connection kept alive.
    pub header_read_timeout: Duration,
    /// The largest head of a request (line and headers), in bytes; at least 8,192.
    pub max_header_bytes: usize,
    /// How long requests in flight may take once the service is told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            max_body_bytes: 64 * 1024,
            max_concurrent_requests: 256,
            requests_per_minute: None,
            max_connections: 1024,
            write_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(10),
            max_header_bytes: 16 * 1024,
            drain: Duration::from_secs(10),
        }
    }
}

/// Limits on work: concurrency, time, body.
pub(crate) fn limited(routes: Router, limits: &Limits) -> Router {
    let slots = Arc::new(Semaphore::new(limits.max_concurrent_requests));
    let timeout = limits.request_timeout;
    routes
        .layer(DefaultBodyLimit::max(limits.max_body_bytes))
        .layer(middleware::from_fn(move |request, next| within(timeout, request, next)))
        .layer(middleware::from_fn(move |request, next| shed(Arc::clone(&slots), request, next)))
}

/// What surrounds all routes of a service, limited or not.
pub(crate) fn around(routes: Router) -> Router {
    routes
        .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed))
        .fallback(async || Problem::new(Kind::NotFound))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn(observe))
}

async fn within(timeout: Duration, request: Request, next: Next) -> Response {
    tokio::time::timeout(timeout, next.run(request)).await.unwrap_or_else(|_| {
        tracing::warn!("a request took too long and was given up");
        Problem::new(Kind::Unavailable).into_response()
    })
}

async fn shed(slots: Arc<Semaphore>, request: Request, next: Next) -> Response {
    let Ok(_slot) = slots.try_acquire_owned() else {
        metrics::counter!("lp_http_requests_shed_total").increment(1);
        return Problem::new(Kind::Overloaded).into_response();
    };
    next.run(request).await
}

fn answer_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    // What the panic says may hold data of a request, so it is not repeated; the panic hook logs where it was.
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal).into_response()
}

/// Gives the request an id, a span and metrics by route (never by path or query), and forbids caching.
async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id));
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    let span =
        tracing::info_span!("http_request", method, route, request_id = %id, status = tracing::field::Empty);
    let too_long = request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI_BYTES);
    let mut response = if too_long {
        Problem::new(Kind::UriTooLong).into_response()
    } else {
        next.run(request).instrument(span.clone()).await
    };
    let status = response.status();
    span.record("status", status.as_u16());
    span.in_scope(|| tracing::debug!(status = status.as_u16(), "answered"));
    metrics::counter!("lp_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("lp_http_request_seconds", "method" => method, "route" => route)
        .record(started.elapsed().as_secs_f64());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    // Whatever does not say of itself that it is for everybody is taken for personal.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("authorization, cookie"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The caller's id when it is a UUID, else a new one: nothing else of the caller's gets into logs.
fn request_id(request: &Request) -> Uuid {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    given.and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_else(Uuid::now_v7)
}

/// The method for logs and metrics; a caller can invent methods without end.
fn known_method(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
