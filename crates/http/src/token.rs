//! Who may ask: one service token, until learners' and staff's own tokens take its place.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use subtle::ConstantTimeEq as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::problem::{Kind, Problem};

/// The token that callers send as `Authorization: Bearer …`. Never printed.
#[derive(Clone)]
pub struct ServiceToken(Arc<[u8]>);

impl ServiceToken {
    /// A token from its text.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.as_bytes().into())
    }

    /// Whether the request carries it; takes as long for a nearly right one as for any other.
    fn is_carried_by(&self, request: &Request) -> bool {
        let value = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        let Some((scheme, token)) = value.and_then(|value| value.split_at_checked(7)) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(token.ct_eq(&self.0))
    }
}

/// Adds the security scheme `token` to an OpenAPI document: `#[openapi(security(("token" = [])), modifiers(&TokenScheme))]`.
#[derive(Debug)]
pub struct TokenScheme;

impl utoipa::Modify for TokenScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

impl std::fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceToken(…)")
    }
}

/// Puts `routes` behind the token; without one they stay open, which [`check_listen`] allows on loopback only.
pub(crate) fn guard(routes: Router, token: Option<ServiceToken>) -> Router {
    let Some(token) = token else { return routes };
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let allowed = token.is_carried_by(&request);
        async move {
            if allowed {
                next.run(request).await
            } else {
                Problem::new(Kind::Unauthenticated).into_response()
            }
        }
    }))
}

/// Routes without a token would be open to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} can be reached from other machines, and no LP_API_TOKEN is set, so anyone could read learners' \
     progress there: set LP_API_TOKEN to a long random text, or listen on 127.0.0.1"
)]
pub struct OpenToTheWorld {
    /// Where the service was to listen.
    pub address: SocketAddr,
}

/// Refuses to serve guarded routes beyond loopback without a token.
///
/// # Errors
/// When `address` is not loopback and there is no token.
pub fn check_listen(address: SocketAddr, token: Option<&ServiceToken>) -> Result<(), OpenToTheWorld> {
    if token.is_none() && !address.ip().to_canonical().is_loopback() {
        return Err(OpenToTheWorld { address });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_token_only_loopback_is_listened_on() {
        let token = ServiceToken::new("secret");
        for open in ["0.0.0.0:80", "10.1.2.3:80", "[::]:80", "[2001:db8::1]:80"] {
            let address = open.parse().unwrap();
            assert_eq!(check_listen(address, None), Err(OpenToTheWorld { address }));
            assert_eq!(check_listen(address, Some(&token)), Ok(()));
        }
        for local in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(check_listen(local.parse().unwrap(), None), Ok(()));
        }
    }

    #[test]
    fn a_token_does_not_print() {
        assert!(!format!("{:?}", ServiceToken::new("secret")).contains("secret"));
    }
}
