//! Tokens as the LMS issues them, verified.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;

use super::keys::Keys;

/// The longest token that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// How far clocks may be apart.
const LEEWAY_SECONDS: u64 = 10;

/// The newest major version of tokens that is understood.
const SUPPORTED_VERSION: u32 = 1;

/// Verifies tokens: whose they are, by whom and for whom they were issued, and whether they hold now.
pub(super) struct Verifier {
    pub(super) keys: Keys,
    validation: Validation,
}

/// Of a token's claims those that concern us. `sub` is an anonymous id, never the LMS user id.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Claims {
    iat: i64,
    /// In seconds since 1970, also with fractions.
    exp: f64,
    /// Checked by the library too, which would take other types.
    #[serde(rename = "iss")]
    _iss: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    pub(super) sub: Option<String>,
    #[serde(default)]
    pub(super) user_id: Option<i64>,
    #[serde(default)]
    pub(super) administrator: bool,
    #[serde(default)]
    pub(super) superuser: bool,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) filters: Vec<String>,
    #[serde(default)]
    pub(super) is_restricted: bool,
}

impl Verifier {
    pub(super) fn new(keys: Keys, issuers: &[String], audience: &[String]) -> Self {
        let mut validation =
            Validation { leeway: LEEWAY_SECONDS, validate_nbf: true, ..Validation::default() };
        validation.set_issuer(issuers);
        validation.set_audience(audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        Self { keys, validation }
    }

    /// The claims of a token that holds; nothing of one that does not, whatever is wrong with it.
    pub(super) fn verify(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let header = decode_header(token).ok().filter(is_plain)?;
        let keys = self.keys.current();
        let candidates = keys
            .iter()
            .filter(|key| key.algorithms.contains(&header.alg) && key.may_be(header.kid.as_deref()));
        let claims = candidates.into_iter().find_map(|key| {
            let validation = Validation { algorithms: key.algorithms.clone(), ..self.validation.clone() };
            decode::<Claims>(token, &key.decoding, &validation).ok()
        })?;
        claims.claims.is_of_now_and_understood().then_some(claims.claims)
    }
}

/// A header that would have us take a key from the token, or from where the token says, is refused.
fn is_plain(header: &Header) -> bool {
    let Header { jku, jwk, x5u, x5c, crit, .. } = header;
    jku.is_none() && jwk.is_none() && x5u.is_none() && x5c.is_none() && crit.is_none()
}

impl Claims {
    /// The first moment at which it no longer holds.
    pub(super) fn expires_at(&self) -> Option<DateTime<Utc>> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what lies beyond saturates, and is no instant then"
        )]
        let millis = (self.exp * 1_000.0) as i64;
        DateTime::from_timestamp_millis(millis)
    }

    /// At the LMS.
    pub(super) fn username(&self) -> Option<&str> {
        self.preferred_username.as_deref().or(self.username.as_deref())
    }

    fn is_of_now_and_understood(&self) -> bool {
        let latest = Utc::now().timestamp().saturating_add_unsigned(LEEWAY_SECONDS);
        let major = self
            .version
            .as_deref()
            .map_or(Ok(1), |version| version.split('.').next().unwrap_or_default().parse::<u32>());
        self.iat <= latest
            && major.is_ok_and(|major| major <= SUPPORTED_VERSION)
            && self.user_id.is_none_or(|id| id >= 1)
            && self.username().is_some()
    }
}
