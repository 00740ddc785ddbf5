//! Addresses and names of things.

use std::fmt;

use oxiri::Iri;
use serde::{Deserialize, Serialize};

/// Schemes that are no terms of a context: `term:rest` would be read as something else.
const SCHEMES: [&str; 6] = ["https", "http", "urn", "did", "data", "mailto"];

/// Why an address can stand in no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// A relative address is dropped silently when the credential is signed.
    #[error("the address is no absolute URI")]
    Malformed,
    /// Letters beyond ASCII must be percent-encoded.
    #[error("the address has characters beyond ASCII; they must be percent-encoded")]
    NotAscii,
    /// Other schemes are not known to be read alike everywhere.
    #[error("the address has a scheme other than https, http, urn, did, data and mailto")]
    Scheme,
}

/// An absolute URI in ASCII, of a scheme that has no meaning in the contexts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uri(String);

impl Uri {
    /// The address, unchanged.
    ///
    /// # Errors
    ///
    /// [`UriError`], when it would not be signed, or not alike everywhere.
    pub fn parse(uri: impl Into<String>) -> Result<Self, UriError> {
        let uri = uri.into();
        if !uri.is_ascii() {
            return Err(UriError::NotAscii);
        }
        let parsed = Iri::parse(uri.as_str()).map_err(|_| UriError::Malformed)?;
        if SCHEMES.contains(&parsed.scheme()) { Ok(Self(uri)) } else { Err(UriError::Scheme) }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with this fragment. What is given is one already: digits, letters.
    pub(crate) fn with_fragment(&self, fragment: impl fmt::Display) -> Self {
        Self(format!("{}#{fragment}", self.0))
    }
}

impl TryFrom<String> for Uri {
    type Error = UriError;

    fn try_from(uri: String) -> Result<Self, UriError> {
        Self::parse(uri)
    }
}

impl From<Uri> for String {
    fn from(uri: Uri) -> Self {
        uri.0
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_addresses_are_kept() {
        for uri in [
            "https://a.example/achievements/path-v1:Org+N+R+G/revisions/3",
            "urn:uuid:0f3c8a52-2f0d-5c84-9a55-0e6d8b6a1f10",
            "did:web:a.example%3A8443:b#z6Mk",
            "data:image/png;base64,AAAA",
            "http://a.example/?q=%C3%A9#f",
            "mailto:a@a.example",
        ] {
            assert_eq!(Uri::parse(uri).unwrap().as_str(), uri);
        }
    }

    #[test]
    fn others_are_refused() {
        for uri in
            ["", "a", "/a", "//a.example", "#a", "a b", "https://a.example/ b", "https://a.example/<", "%"]
        {
            assert_eq!(Uri::parse(uri), Err(UriError::Malformed), "{uri}");
        }
        assert_eq!(Uri::parse("https://a.example/é"), Err(UriError::NotAscii));
        for uri in ["name:a", "_:b0", "HTTPS://a.example/", "javascript:alert(1)"] {
            assert!(matches!(Uri::parse(uri), Err(UriError::Scheme | UriError::Malformed)), "{uri}");
        }
    }
}
