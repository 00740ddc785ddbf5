//! What people without an account are known by, as a keyed hash: neither e-mail nor external key is kept.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The keyed hash of an e-mail address or an external key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim([u8; 32]);

impl Claim {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl AsRef<[u8]> for Claim {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The key of the hashes: HMAC-SHA256, so that nobody without it can tell whether an address is among them.
#[derive(Debug, Clone)]
pub struct ClaimKey(SecretString);

impl ClaimKey {
    /// By a secret that all services share and that stays the same: with another one, open invitations find nobody.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The claim of whoever has this e-mail address, whatever its case.
    #[must_use]
    pub fn email(&self, address: &str) -> Claim {
        self.hash("email", &address.trim().to_lowercase())
    }

    /// The claim of whoever has this key elsewhere.
    #[must_use]
    pub fn external_key(&self, key: &str) -> Claim {
        self.hash("external_key", key.trim())
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, section 2)")]
    fn hash(&self, kind: &str, text: &str) -> Claim {
        let secret = self.0.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        for part in [kind.as_bytes(), &[0], text.as_bytes()] {
            mac.update(part);
        }
        Claim(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_in_any_case_and_under_one_key_only() {
        let key = ClaimKey::new("a secret of ours".into());
        assert_eq!(key.email("  Zoë@Example.COM "), key.email("zoë@example.com"));
        assert_ne!(key.email("zoë@example.com"), key.email("zoe@example.com"));
        assert_ne!(key.email("a"), key.external_key("a"));
        assert_ne!(key.email("a"), ClaimKey::new("another".into()).email("a"));
        assert_ne!(key.external_key("A"), key.external_key("a"));
    }
}
