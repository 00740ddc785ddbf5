//! Checking.

use super::Document;
use super::document::signed_bytes;
use crate::canon::{CanonError, published};
use crate::did::DidDocument;

/// Why a document is not what its issuer signed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No JSON of the shape that we sign; what the parser says could repeat names, so only the place is told.
    #[error("the document is none of ours: line {line}, column {column}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1; 0 where it is the whole that does not fit.
        column: usize,
    },
    /// Exactly one proof with a value is taken.
    #[error("the document has not exactly one proof")]
    Proof,
    /// The key is asked of the issuer alone.
    #[error("the document's issuer is another than the one asked about")]
    Issuer,
    /// A key that the issuer never had, or has no more.
    #[error("the issuer has no such key")]
    Key,
    /// Something was changed, or signed with another key.
    #[error("the signature does not hold")]
    Signature,
    /// Its hash cannot be had.
    #[error("the document has no canonical form")]
    Canon(#[from] CanonError),
}

/// The document, if this issuer signed it with a key that still counts.
///
/// Whether it holds today (dates, status lists) is another question. A key that is not among those of a shape is refused:
/// it would be no part of what is signed.
///
/// # Errors
///
/// [`VerifyError`]
pub fn verify<D: Document>(json: &[u8], issuer: &DidDocument) -> Result<D, VerifyError> {
    let mut document: D = serde_json::from_slice(json)
        .map_err(|error| VerifyError::Malformed { line: error.line(), column: error.column() })?;
    let [mut proof] = <[_; 1]>::try_from(std::mem::take(document.proof())).map_err(|_| VerifyError::Proof)?;
    let value = proof.value.take().ok_or(VerifyError::Proof)?;
    if *document.issuer() != issuer.id {
        return Err(VerifyError::Issuer);
    }
    let key = issuer.asserts(&proof.verification_method).ok_or(VerifyError::Key)?;
    let bytes = signed_bytes(&document, &proof, published)?;
    if key.holds(&bytes, &value.0) { Ok(document) } else { Err(VerifyError::Signature) }
}
