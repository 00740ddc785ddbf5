//! An issuer with keys.

use lp_open_badges::{Did, Instant, PublicKey, SecretKey, Signer, Text, Uri};
use url::Url;

pub(crate) fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::parse(text).unwrap()
}

pub(crate) fn at(instant: &str) -> Instant {
    Instant::try_from(instant.to_owned()).unwrap()
}

pub(crate) fn did() -> Did {
    Did::web(&Url::parse("https://credentials.example.org").unwrap()).unwrap()
}

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

pub(crate) fn signer(seed: u8) -> Signer {
    Signer::new(did(), key(seed))
}
