//! Who asks, and what they may do.
//!
//! Tokens are those that the LMS issues: browsers send them as two cookies, services as a header. Keys are configuration; the
//! algorithm comes from the key.

mod caller;
mod csrf;
mod keys;
mod operator;
mod rules;
#[cfg(feature = "testing")]
pub mod testing;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

pub use caller::{Caller, GrantSource};
pub use keys::{KeySources, Keys, KeysError};
pub use operator::ServiceToken;
pub use rules::{Grant, Permission, Reach, Role, Target};

use crate::problem::{Kind, Problem};
use token::Verifier;

/// The claims' and header's part of a token in cookies, and its signature, which scripts cannot read.
const COOKIE_HEADER_PAYLOAD: &str = "edx-jwt-cookie-header-payload";
const COOKIE_SIGNATURE: &str = "edx-jwt-cookie-signature";

/// How often the file with keys is looked at.
const RELOAD: Duration = Duration::from_secs(10);

/// What an [`Auth`] is made of.
#[derive(Default)]
pub struct AuthConfig {
    /// The keys of the LMS; without them no token holds.
    pub keys: Option<Keys>,
    /// Who issues tokens (`JWT_ISSUER` of the LMS).
    pub issuers: Vec<String>,
    /// For whom they are issued (`JWT_AUDIENCE`): one of these.
    pub audience: Vec<String>,
    /// The operator's own token, which sees everything and changes nothing.
    pub operator: Option<ServiceToken>,
    /// Origins of pages that may ask with cookies, `https://apps.example.com`.
    pub origins: Vec<HeaderValue>,
    /// Usernames of the LMS's workers that retire and rename learners.
    pub identity_workers: Vec<String>,
}

/// Decides whose requests are let in. Cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    verifier: Option<Arc<Verifier>>,
    operator: Option<ServiceToken>,
    origins: Vec<HeaderValue>,
    identity_workers: Vec<String>,
    secure_cookies: bool,
    grants: Option<GrantSource>,
}

impl Auth {
    /// Lets in who has a token that holds.
    #[must_use]
    pub fn new(config: AuthConfig) -> Self {
        let AuthConfig { keys, issuers, audience, operator, origins, identity_workers } = config;
        let https = |text: &[u8]| text.starts_with(b"https://");
        // Where the LMS is reached over HTTPS, so are we: cookies reach only its own domain.
        let secure_cookies = issuers.iter().any(|issuer| https(issuer.as_bytes()))
            || origins.iter().any(|origin| https(origin.as_bytes()));
        let verifier = keys.map(|keys| Arc::new(Verifier::new(keys, &issuers, &audience)));
        Self(Arc::new(Inner { verifier, operator, origins, identity_workers, secure_cookies, grants: None }))
    }

    /// Lets everybody in, to see everything and change nothing: on loopback only.
    #[must_use]
    pub fn open() -> Self {
        Self::new(AuthConfig::default())
    }

    /// Whether nobody has to show anything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.verifier.is_none() && self.0.operator.is_none()
    }

    /// Looks up what users were granted beyond their tokens.
    #[must_use]
    pub fn with_grants(mut self, grants: GrantSource) -> Self {
        Arc::make_mut(&mut self.0).grants = Some(grants);
        self
    }

    /// Reads the file with keys again, and says whether other keys hold now. Keys that are gone hold no more; a file that
    /// cannot be used leaves them as they were.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub fn reload_keys(&self) -> Result<bool, KeysError> {
        self.0.verifier.as_ref().map_or(Ok(false), |verifier| verifier.keys.reload())
    }

    /// Reads keys again when their file changes, until `cancel`.
    pub async fn keep_keys(&self, cancel: CancellationToken) {
        while cancel.run_until_cancelled(tokio::time::sleep(RELOAD)).await.is_some() {
            match self.reload_keys() {
                Ok(false) => {}
                Ok(true) => tracing::info!("other keys of tokens hold from now on"),
                Err(error) => {
                    metrics::counter!("lp_http_key_reload_failures_total").increment(1);
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(%error, source, "keys of tokens stay as they were");
                }
            }
        }
    }

    /// Who sent a request.
    fn caller(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
        let refused = || Problem::new(Kind::Unauthenticated);
        let mut authorization = headers.get_all(header::AUTHORIZATION).iter();
        let (first, second) = (authorization.next(), authorization.next());
        let Some(value) = first else {
            if self.is_open() {
                return Ok(Caller::operator());
            }
            let caller = from_cookies(headers).and_then(|token| self.of_token(&token)).ok_or_else(refused)?;
            csrf::check(self, method, headers)?;
            return Ok(caller);
        };
        // A header of whatever kind switches the cookies off.
        let (scheme, token) =
            value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(refused)?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        if second.is_some() || !(bearer || scheme.eq_ignore_ascii_case("jwt")) {
            return Err(refused());
        }
        if bearer && self.0.operator.as_ref().is_some_and(|operator| operator.is(token)) {
            return Ok(Caller::operator());
        }
        self.of_token(token).ok_or_else(refused)
    }

    fn of_token(&self, token: &str) -> Option<Caller> {
        let claims = self.0.verifier.as_ref()?.verify(token)?;
        Some(Caller::of(&claims, &self.0.identity_workers, self.0.grants.clone()))
    }

    /// Puts routes behind this; handlers find the [`Caller`].
    pub(crate) fn guard(&self, routes: Router) -> Router {
        let auth = self.clone();
        routes.layer(middleware::from_fn(move |mut request: Request, next: Next| {
            let caller = auth.caller(request.method(), request.headers());
            async move {
                match caller {
                    Ok(caller) => {
                        request.extensions_mut().insert(caller);
                        next.run(request).await
                    }
                    Err(problem) => problem.into_response(),
                }
            }
        }))
    }

    /// Routes that anybody may ask.
    pub(crate) fn open_routes(&self) -> Router {
        csrf::routes(self)
    }

    /// What tells browsers which other origins' pages may ask; nothing without such origins.
    pub(crate) fn cors(&self) -> Option<CorsLayer> {
        let names = |names: &'static [&'static str]| names.iter().map(|name| HeaderName::from_static(name));
        (!self.0.origins.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(self.0.origins.clone())
                .allow_credentials(true)
                .allow_methods([
                    Method::DELETE,
                    Method::GET,
                    Method::OPTIONS,
                    Method::PATCH,
                    Method::POST,
                    Method::PUT,
                ])
                .allow_headers(names(ALLOWED_HEADERS).collect::<Vec<_>>())
                .expose_headers(names(EXPOSED_HEADERS).collect::<Vec<_>>())
                .max_age(Duration::from_hours(24))
        })
    }
}

/// What MFEs send: `use-jwt-cookie` says nothing any more, but a preflight that does not allow it fails.
const ALLOWED_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "use-jwt-cookie",
    "user-agent",
    "x-csrftoken",
    "x-request-id",
    "x-requested-with",
];

const EXPOSED_HEADERS: &[&str] = &["etag", "location", "retry-after", "x-request-id"];

fn from_cookies(headers: &HeaderMap) -> Option<String> {
    let (header_payload, signature) =
        (cookie(headers, COOKIE_HEADER_PAYLOAD)?, cookie(headers, COOKIE_SIGNATURE)?);
    Some(format!("{header_payload}.{signature}"))
}

/// A cookie's value; the first one where there are several.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}
