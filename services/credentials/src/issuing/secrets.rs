//! What only this installation knows, and what follows from it.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use lp_open_badges::{Places, SecretKey};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes of a nonce, which stands in front of what is sealed.
const NONCE: usize = 24;

/// A key that was sealed by another secret, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key was sealed by another LP_CREDENTIALS_SECRET, or is damaged")]
pub struct Unsealed;

/// The secret, and what is derived from it: by another one, keys cannot be read, and ids and places would be others.
#[derive(Clone)]
pub struct Secrets(SecretString);

impl Secrets {
    /// Of a secret that stays the same.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The id of the credential for an award. Ids of awards can be guessed by whoever knows a learner's number; these cannot.
    pub(super) fn credential_id(&self, award_id: Uuid) -> Uuid {
        self.id("credential", award_id.as_bytes())
    }

    /// What credentials call a learner, all alike: it tells nothing of them.
    pub(super) fn subject_id(&self, learner_id: i64) -> Uuid {
        self.id("learner", &learner_id.to_be_bytes())
    }

    /// The places of a status list.
    pub(super) fn places(&self, list: &str) -> Places {
        Places::new(&self.derive("status lists", &[]), list)
    }

    /// A key as the database keeps it.
    pub(super) fn seal(&self, key: &SecretKey) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), key.to_multibase().as_bytes());
        // The cipher fails for texts of gigabytes alone.
        [nonce.to_vec(), sealed.unwrap_or_default()].concat()
    }

    /// A key as it was sealed.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<SecretKey, Unsealed> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Unsealed)?;
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), sealed).map_err(|_| Unsealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| Unsealed)?;
        SecretKey::from_multibase(text).map_err(|_| Unsealed)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive("signing keys", &[]).into())
    }

    fn id(&self, kind: &str, of: &[u8]) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.derive(kind, of)[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, section 2)")]
    fn derive(&self, kind: &str, of: &[u8]) -> [u8; 32] {
        let secret = self.0.expose_secret().as_bytes();
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).expect("a key of any length");
        mac.chain_update(kind).chain_update([0]).chain_update(of).finalize().into_bytes().into()
    }
}

/// Nothing of it.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(secret: &str) -> Secrets {
        Secrets::new(secret.into())
    }

    #[test]
    fn a_key_is_opened_by_the_secret_that_sealed_it_and_by_no_other() {
        let (ours, key) = (secrets("a secret of ours"), SecretKey::from_seed(&[7; 32]));
        let sealed = ours.seal(&key);
        assert_ne!(sealed, ours.seal(&key), "no nonce is used twice");
        assert_eq!(ours.open(&sealed).unwrap().public(), key.public());
        assert_eq!(secrets("another secret").open(&sealed).unwrap_err(), Unsealed);
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(ours.open(&changed).unwrap_err(), Unsealed, "{byte}");
        }
        assert_eq!(ours.open(&[]).unwrap_err(), Unsealed);
    }

    #[test]
    fn ids_follow_from_the_secret_and_differ_by_what_they_are_of() {
        let (ours, award) = (secrets("a secret of ours"), Uuid::from_u128(7));
        assert_eq!(ours.credential_id(award), ours.credential_id(award));
        assert_ne!(ours.credential_id(award), secrets("another").credential_id(award));
        assert_ne!(ours.subject_id(7), ours.subject_id(8));
        assert_eq!(ours.credential_id(award).get_version_num(), 8);
    }
}
