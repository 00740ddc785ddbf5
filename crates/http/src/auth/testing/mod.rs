//! Tokens for tests, in the shapes that the LMS gives them, and a walk over all routes of a service.

mod walk;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

pub use walk::{Row, Who, walk};

use super::{Auth, AuthConfig, KeySources, Keys, ServiceToken};

/// The issuer of test tokens.
pub const ISSUER: &str = "https://lms.example.com/oauth2";
/// Their audience.
pub const AUDIENCE: &str = "openedx";
/// The secret of those signed with HS256.
pub const SECRET: &str = "a secret that the LMS shares with its services";
/// The operator's own token.
pub const OPERATOR: &str = "the operator's own token";
/// The username of the LMS's worker that retires and renames learners.
pub const IDENTITY_WORKER: &str = "retirement_worker";
/// An origin that may ask with cookies.
pub const ORIGIN: &str = "https://apps.lms.example.com";

/// An RSA key pair of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKey {
    /// The one that [`auth`] knows.
    First,
    /// Another one.
    Second,
}

impl TestKey {
    /// The public key as a JWK; its `kid` is `first` or `second`.
    #[must_use]
    pub fn jwk(self) -> Value {
        let text = match self {
            Self::First => include_str!("first.jwk.json"),
            Self::Second => include_str!("second.jwk.json"),
        };
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Signs claims with RS512, as the LMS signs those in cookies.
    ///
    /// # Errors
    /// When they cannot be JSON.
    pub fn sign(self, claims: &Value) -> jsonwebtoken::errors::Result<String> {
        encode(&Header::new(Algorithm::RS512), claims, &self.encoding())
    }

    /// For tokens with a header of their own.
    #[must_use]
    pub fn encoding(self) -> EncodingKey {
        EncodingKey::from_rsa_der(self.der())
    }

    /// The private key, PKCS #1.
    #[must_use]
    pub fn der(self) -> &'static [u8] {
        match self {
            Self::First => include_bytes!("first.der"),
            Self::Second => include_bytes!("second.der"),
        }
    }
}

/// A JWK set of these keys, as `JWT_PUBLIC_SIGNING_JWK_SET` has it.
#[must_use]
pub fn jwk_set(keys: &[TestKey]) -> String {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
}

/// Lets in who has a token of [`TestKey::First`], one of [`SECRET`], or [`OPERATOR`].
///
/// # Errors
/// When the keys of the tests are broken.
pub fn auth() -> Result<Auth, super::KeysError> {
    let keys = Keys::load(KeySources {
        jwk_set: Some(jwk_set(&[TestKey::First])),
        secret: Some(SECRET.into()),
        ..KeySources::default()
    })?;
    Ok(Auth::new(AuthConfig {
        keys: Some(keys),
        issuers: vec![ISSUER.into()],
        audience: vec![AUDIENCE.into()],
        operator: Some(ServiceToken::new(OPERATOR)),
        origins: vec![axum::http::HeaderValue::from_static(ORIGIN)],
        identity_workers: vec![IDENTITY_WORKER.into()],
    }))
}

/// Claims of a learner's cookie as the LMS makes them, over which `more` goes; null takes a claim away.
#[must_use]
pub fn claims(user_id: i64, more: &Value) -> Value {
    let now = Utc::now().timestamp();
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "version": "1.2.0",
        "sub": "0123456789abcdef0123456789abcdef", "preferred_username": format!("user{user_id}"),
        "grant_type": "password", "scopes": ["user_id", "email", "profile"], "filters": ["user:me"],
        "is_restricted": false, "email_verified": true, "user_id": user_id, "email": "somebody@example.com",
        "name": null, "family_name": "", "given_name": "", "administrator": false, "superuser": false,
    });
    let overrides = more.as_object().cloned().unwrap_or_else(Map::new);
    if let Some(claims) = claims.as_object_mut() {
        for (name, value) in overrides {
            if value.is_null() {
                claims.remove(&name);
            } else {
                claims.insert(name, value);
            }
        }
    }
    claims
}

/// A token of these claims, signed with [`TestKey::First`].
#[must_use]
pub fn token(user_id: i64, more: &Value) -> String {
    TestKey::First.sign(&claims(user_id, more)).unwrap_or_default()
}

/// A token of these claims, signed with [`SECRET`], as the LMS signs those of services unless told otherwise.
#[must_use]
pub fn service_token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), claims, &key).unwrap_or_default()
}

/// A token as the two cookies in which browsers have it.
#[must_use]
pub fn cookies(token: &str) -> String {
    let (header_payload, signature) = token.rsplit_once('.').unwrap_or_default();
    format!("edx-jwt-cookie-header-payload={header_payload}; edx-jwt-cookie-signature={signature}")
}

/// A token put together by hand: `sign` gets what is to be signed.
#[must_use]
pub fn crafted(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(&message));
    format!("{message}.{signature}")
}
