//! How often each caller may ask.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::auth::Caller;
use crate::problem::{Kind, Problem};

/// After so many requests, callers who have not asked for a minute are forgotten.
const FORGET_EVERY: u32 = 4_096;

/// Counts requests by caller, in this process.
struct Rate {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    since_forgetting: AtomicU32,
}

impl Rate {
    fn new(per_minute: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(per_minute)),
            clock: DefaultClock::default(),
            since_forgetting: AtomicU32::new(0),
        }
    }

    /// Seconds to wait, rounded up, for whoever asked too often.
    fn wait(&self, caller: &Caller) -> Option<u64> {
        if self.since_forgetting.fetch_add(1, Ordering::Relaxed) >= FORGET_EVERY {
            self.since_forgetting.store(0, Ordering::Relaxed);
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        // The key that counts is the one that the audit log knows: never a name.
        let refused = self.limiter.check_key(&caller.actor().to_owned()).err()?;
        Some(refused.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

/// Refuses whoever asks more often than that, each by themselves; who is let in may ask so many times at once, and gains one more
/// every part of a minute. The operator's own token and the LMS's identity workers are never refused: the latter give a
/// learner up who is refused.
pub(crate) fn limited(routes: Router, per_minute: Option<NonZeroU32>) -> Router {
    let Some(per_minute) = per_minute else { return routes };
    let rate = Arc::new(Rate::new(per_minute));
    routes.layer(middleware::from_fn(move |request, next| check(Arc::clone(&rate), request, next)))
}

async fn check(rate: Arc<Rate>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().filter(|caller| !caller.is_trusted_to_ask());
    let Some(seconds) = caller.and_then(|caller| rate.wait(caller)) else { return next.run(request).await };
    metrics::counter!("lp_http_requests_limited_total").increment(1);
    let mut refused = Problem::new(Kind::RateLimited).into_response();
    refused.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    refused
}
