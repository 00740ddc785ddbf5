//! Signing.

use super::document::signed_bytes;
use super::{Cryptosuite, Document, Proof, ProofPurpose, ProofType, ProofValue};
use crate::canon::{CanonError, reduced};
use crate::did::Did;
use crate::keys::SecretKey;
use crate::value::Instant;

/// An issuer with the key that it signs with.
#[derive(Debug, Clone)]
pub struct Signer {
    did: Did,
    key: SecretKey,
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Nobody would accept it.
    #[error("the document's issuer is another than the signer")]
    Issuer,
    /// Its hash cannot be had.
    #[error("the document has no canonical form")]
    Canon(#[from] CanonError),
}

impl Signer {
    /// Signs as this issuer with this key, which its document must list.
    #[must_use]
    pub fn new(did: Did, key: SecretKey) -> Self {
        Self { did, key }
    }
}

/// The signed document as JSON, with one proof in an array.
///
/// These bytes are the product: store and serve them unchanged. `created` is when the proof is made. A proof that the
/// document had is replaced.
///
/// # Errors
///
/// [`SignError`]; only [`SignError::Issuer`] can come of what a caller gives.
pub fn sign<D: Document>(mut document: D, signer: &Signer, created: Instant) -> Result<String, SignError> {
    if document.issuer() != signer.did.uri() {
        return Err(SignError::Issuer);
    }
    document.proof().clear();
    let mut proof = Proof {
        kind: ProofType,
        cryptosuite: Cryptosuite,
        created,
        verification_method: signer.did.key_id(&signer.key.public()),
        purpose: ProofPurpose,
        value: None,
    };
    let bytes = signed_bytes(&document, &proof, reduced)?;
    proof.value = Some(ProofValue(signer.key.sign(&bytes)));
    document.proof().push(proof);
    Ok(serde_json::to_string(&document).map_err(CanonError::Json)?)
}
