//! Ed25519 keys as Multikey writes them.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::multibase::{self, MultibaseError};

/// Multicodec `ed25519-pub`, as a varint.
const PUBLIC: [u8; 2] = [0xed, 0x01];
/// Multicodec `ed25519-priv`, as a varint.
const SECRET: [u8; 2] = [0x80, 0x26];

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Only base58btc, `z…`, is taken.
    #[error("the key is not written in base58btc")]
    Multibase,
    /// Another kind of key, or another length.
    #[error("the key is no Ed25519 key of 32 bytes")]
    Codec,
    /// The bytes are no point of the curve.
    #[error("the key is no point of the curve")]
    Point,
}

/// A key that signs. It prints nothing of itself, and its memory is wiped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// From 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// From `secretKeyMultibase`.
    ///
    /// # Errors
    ///
    /// [`KeyError`], when it is none of Ed25519.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        Ok(Self::from_seed(&decode(text, SECRET)?))
    }

    /// `secretKeyMultibase`: `z` and base58btc of `0x80 0x26` and the seed. Keep it secret.
    #[must_use]
    pub fn to_multibase(&self) -> String {
        encode(SECRET, self.0.as_bytes())
    }

    /// The key that others check with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

/// A key that checks, printed as `publicKeyMultibase`: `z6Mk…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From `publicKeyMultibase`.
    ///
    /// # Errors
    ///
    /// [`KeyError`], when it is none of Ed25519.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        let bytes = decode(text, PUBLIC)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| KeyError::Point)
    }

    pub(crate) fn holds(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(bytes, &signature.into()).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(PUBLIC, self.0.as_bytes()))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::from_multibase(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

fn encode(codec: [u8; 2], key: &[u8; 32]) -> String {
    multibase::encode([codec.as_slice(), key].concat())
}

fn decode(text: &str, codec: [u8; 2]) -> Result<[u8; 32], KeyError> {
    let bytes: [u8; 34] = multibase::decode(text).map_err(|error| match error {
        MultibaseError::Alphabet => KeyError::Multibase,
        MultibaseError::Length => KeyError::Codec,
    })?;
    bytes.strip_prefix(&codec).and_then(|key| key.try_into().ok()).ok_or(KeyError::Codec)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key pair of the test vectors of `vc-di-eddsa`.
    const PAIR: [&str; 2] = [
        "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq",
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    ];

    #[test]
    fn keys_are_written_as_multikey_has_them() {
        let secret = SecretKey::from_multibase(PAIR[0]).unwrap();
        assert_eq!(secret.to_multibase(), PAIR[0]);
        assert_eq!(secret.public().to_string(), PAIR[1]);
        assert_eq!(PublicKey::from_multibase(PAIR[1]), Ok(secret.public()));
        assert!(SecretKey::from_seed(&[7; 32]).public().to_string().starts_with("z6Mk"));
    }

    #[test]
    fn other_texts_are_no_keys() {
        let cut = PAIR[1].strip_suffix('2').unwrap();
        for (text, error) in [
            ("", KeyError::Multibase),
            ("u7QE", KeyError::Multibase),
            ("z0OIl", KeyError::Multibase),
            ("z", KeyError::Codec),
            (PAIR[0], KeyError::Codec),
            (cut, KeyError::Codec),
        ] {
            assert_eq!(PublicKey::from_multibase(text), Err(error), "{text}");
        }
        assert_eq!(PublicKey::from_multibase(&encode(PUBLIC, &[2; 32])), Err(KeyError::Point));
        assert_eq!(SecretKey::from_multibase(PAIR[1]).unwrap_err(), KeyError::Codec);
    }

    #[test]
    fn a_secret_key_prints_nothing_of_itself() {
        let secret = SecretKey::from_multibase(PAIR[0]).unwrap();
        assert_eq!(format!("{secret:?}"), format!("SecretKey(of {})", PAIR[1]));
    }
}
