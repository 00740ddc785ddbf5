//! What is open without a token, and how documents describe tokens.

use std::net::SocketAddr;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::auth::Auth;

/// Adds the security schemes to an OpenAPI document:
/// `#[openapi(security(("token" = []), ("cookie" = [])), modifiers(&TokenScheme))]`.
#[derive(Debug)]
pub struct TokenScheme;

impl utoipa::Modify for TokenScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A token of the LMS, or the operator's own. `JWT` is taken in place of `Bearer`.",
            ))
            .build();
        let cookie = ApiKeyValue::with_description(
            "edx-jwt-cookie-header-payload",
            "Together with `edx-jwt-cookie-signature`, as the LMS sets them. What changes something also needs the \
             `X-CSRFToken` that `/csrf/api/v1/token` gives.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Routes without a token would be open to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} can be reached from other machines, and neither LP_JWT_PUBLIC_KEYS nor LP_API_TOKEN is set, so anyone \
     could read learners' progress there: set one of them, or listen on 127.0.0.1"
)]
pub struct OpenToTheWorld {
    /// Where the service was to listen.
    pub address: SocketAddr,
}

/// Refuses to serve guarded routes beyond loopback when nobody has to show anything.
///
/// # Errors
/// When `address` is not loopback and `auth` is open.
pub fn check_listen(address: SocketAddr, auth: &Auth) -> Result<(), OpenToTheWorld> {
    if auth.is_open() && !address.ip().to_canonical().is_loopback() {
        return Err(OpenToTheWorld { address });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{AuthConfig, ServiceToken};

    #[test]
    fn without_a_token_only_loopback_is_listened_on() {
        let operator = Some(ServiceToken::new("secret"));
        let auth = Auth::new(AuthConfig { operator, ..AuthConfig::default() });
        for open in ["0.0.0.0:80", "10.1.2.3:80", "[::]:80", "[2001:db8::1]:80"] {
            let address = open.parse().unwrap();
            assert_eq!(check_listen(address, &Auth::open()), Err(OpenToTheWorld { address }));
            assert_eq!(check_listen(address, &auth), Ok(()));
        }
        for local in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(check_listen(local.parse().unwrap(), &Auth::open()), Ok(()));
        }
    }
}
