//! `did:web`: the issuer's name, and the document that tells its keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::keys::PublicKey;
use crate::shape::words::words;
use crate::value::Uri;

/// Why an address gives no DID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// `did:web` is resolved over HTTPS only.
    #[error("a did:web issuer is at an https address")]
    Https,
    /// `did:web` names hosts.
    #[error("a did:web issuer is at a host name, not at an IP address")]
    Host,
    /// Nothing else has a place in a DID.
    #[error("the address of a did:web issuer has no user, query or fragment")]
    Parts,
    /// Segments stand between colons in a DID.
    #[error("the path of a did:web issuer has only letters, digits, '.', '-', '_' and percent-encoded bytes")]
    Path,
}

/// An issuer's `did:web`. It is in every credential for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Did {
    uri: Uri,
    path: String,
}

impl Did {
    /// Of the issuer at this address: `https://host` or `https://host:8443/path`.
    ///
    /// # Errors
    ///
    /// [`DidError`], when no DID says the address.
    pub fn web(base: &Url) -> Result<Self, DidError> {
        if base.scheme() != "https" {
            return Err(DidError::Https);
        }
        let Some(Host::Domain(host)) = base.host() else { return Err(DidError::Host) };
        if !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(DidError::Parts);
        }
        let port = base.port().map(|port| format!("%3A{port}")).unwrap_or_default();
        let path = base.path().trim_end_matches('/');
        if path.split('/').skip(1).any(|segment| segment.is_empty() || !segment.bytes().all(is_id)) {
            return Err(DidError::Path);
        }
        let uri = Uri::parse(format!("did:web:{host}{port}{}", path.replace('/', ":")));
        let path = if path.is_empty() { "/.well-known/did.json".into() } else { format!("{path}/did.json") };
        Ok(Self { uri: uri.map_err(|_| DidError::Path)?, path })
    }

    /// The DID, as an issuer's id.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Where its document must lie: `/.well-known/did.json`, or `/path/did.json`.
    #[must_use]
    pub fn document_path(&self) -> &str {
        &self.path
    }

    /// How signatures name a key: the DID and, as its fragment, the key itself.
    #[must_use]
    pub fn key_id(&self, key: &PublicKey) -> Uri {
        self.uri.with_fragment(key)
    }

    /// The document: the key that signs now, then those that signed before.
    ///
    /// A key that is left out makes all that it signed invalid. Serve it as `application/json`, for all origins.
    #[must_use]
    pub fn document(&self, current: &PublicKey, former: &[PublicKey]) -> DidDocument {
        let mut keys = vec![current];
        keys.extend(former.iter().filter(|key| *key != current));
        let methods = keys.into_iter().map(|key| VerificationMethod {
            id: self.key_id(key),
            kind: MultikeyType,
            controller: self.uri.clone(),
            public_key_multibase: *key,
        });
        let verification_method: Vec<_> = methods.collect();
        DidDocument {
            context: DidContext,
            id: self.uri.clone(),
            assertion_method: verification_method.iter().map(|method| method.id.clone()).collect(),
            verification_method,
        }
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// What stands in a DID without a meaning of its own.
fn is_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_%".contains(&byte)
}

words!(DidContext = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]);
words!(MultikeyType = "Multikey");

/// The document of a DID: which keys sign for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DidDocument {
    #[serde(rename = "@context")]
    context: DidContext,
    pub(crate) id: Uri,
    verification_method: Vec<VerificationMethod>,
    assertion_method: Vec<Uri>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerificationMethod {
    id: Uri,
    #[serde(rename = "type")]
    kind: MultikeyType,
    controller: Uri,
    public_key_multibase: PublicKey,
}

impl DidDocument {
    /// The key of this name, if it may assert and the DID controls it.
    pub(crate) fn asserts(&self, key_id: &Uri) -> Option<&PublicKey> {
        self.assertion_method.iter().find(|id| *id == key_id)?;
        let method = self.verification_method.iter().find(|method| method.id == *key_id)?;
        (method.controller == self.id).then_some(&method.public_key_multibase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SecretKey;

    fn did(base: &str) -> Result<Did, DidError> {
        Did::web(&Url::parse(base).unwrap())
    }

    #[test]
    fn an_address_gives_its_did_and_the_place_of_its_document() {
        for (base, uri, path) in [
            ("https://Credentials.example.org", "did:web:credentials.example.org", "/.well-known/did.json"),
            ("https://a.example/", "did:web:a.example", "/.well-known/did.json"),
            ("https://localhost:8443/", "did:web:localhost%3A8443", "/.well-known/did.json"),
            ("https://a.example:8443/b/C_1/", "did:web:a.example%3A8443:b:C_1", "/b/C_1/did.json"),
        ] {
            let did = did(base).unwrap();
            assert_eq!((did.uri().as_str(), did.document_path()), (uri, path));
        }
    }

    #[test]
    fn other_addresses_give_none() {
        for (base, error) in [
            ("http://a.example", DidError::Https),
            ("https://127.0.0.1", DidError::Host),
            ("https://[::1]/", DidError::Host),
            ("https://u@a.example", DidError::Parts),
            ("https://:p@a.example", DidError::Parts),
            ("https://a.example?q", DidError::Parts),
            ("https://a.example#f", DidError::Parts),
            ("https://a.example/a:b", DidError::Path),
            ("https://a.example/a//b", DidError::Path),
            ("https://a.example/a+b", DidError::Path),
            ("https://a.example/%zz", DidError::Path),
        ] {
            assert_eq!(did(base), Err(error), "{base}");
        }
    }

    #[test]
    fn old_keys_stay_in_both_lists_and_none_stands_twice() {
        let [new, old] = [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]).public());
        let did = did("https://a.example").unwrap();
        let document = serde_json::to_value(did.document(&new, &[old, new])).unwrap();
        let method = |key: PublicKey| {
            serde_json::json!({
                "id": format!("did:web:a.example#{key}"), "type": "Multikey",
                "controller": "did:web:a.example", "publicKeyMultibase": key.to_string(),
            })
        };
        let expected = serde_json::json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": "did:web:a.example",
            "verificationMethod": [method(new), method(old)],
            "assertionMethod": [format!("did:web:a.example#{new}"), format!("did:web:a.example#{old}")],
        });
        assert_eq!(document, expected);
    }
}
