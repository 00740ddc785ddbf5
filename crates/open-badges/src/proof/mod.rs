//! Proofs: `eddsa-rdfc-2022` of Data Integrity.

mod document;
mod sign;
mod verify;

use serde::{Deserialize, Serialize};

use crate::multibase;
use crate::shape::words::words;
use crate::value::{Instant, Uri};

pub use document::Document;
pub use sign::{SignError, Signer, sign};
pub use verify::{VerifyError, verify};

words!(ProofType = "DataIntegrityProof");
words!(Cryptosuite = "eddsa-rdfc-2022");
words!(ProofPurpose = "assertionMethod");

/// A proof. Without its value it is hashed beside the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    #[serde(rename = "type")]
    kind: ProofType,
    cryptosuite: Cryptosuite,
    created: Instant,
    verification_method: Uri,
    #[serde(rename = "proofPurpose")]
    purpose: ProofPurpose,
    #[serde(rename = "proofValue", skip_serializing_if = "Option::is_none")]
    value: Option<ProofValue>,
}

/// A signature of 64 bytes: `z` and base58btc.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct ProofValue([u8; 64]);

impl TryFrom<String> for ProofValue {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        multibase::decode(&text)
            .map(Self)
            .map_err(|_| "a signature is written as z and 64 bytes in base58btc")
    }
}

impl From<ProofValue> for String {
    fn from(ProofValue(signature): ProofValue) -> Self {
        multibase::encode(signature)
    }
}
