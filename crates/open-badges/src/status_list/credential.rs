//! The credential that carries a list.

use serde::{Deserialize, Serialize};

use super::StatusBits;
use crate::proof::Proof;
use crate::shape::StatusPurpose;
use crate::shape::words::words;
use crate::value::{Instant, Uri};

words!(ListContext = ["https://www.w3.org/ns/credentials/v2"]);
words!(ListCredentialType = ["VerifiableCredential", "BitstringStatusListCredential"]);
words!(ListType = "BitstringStatusList");

/// A list of one purpose, shared by many credentials; its issuer is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BitstringStatusListCredential {
    #[serde(rename = "@context")]
    pub(crate) context: ListContext,
    id: Uri,
    #[serde(rename = "type")]
    kind: ListCredentialType,
    pub(crate) issuer: Uri,
    /// Not in the future when it is handed out.
    pub valid_from: Instant,
    /// Past this verifiers reject the *credentials* of the list: sign it anew before.
    pub valid_until: Instant,
    credential_subject: List,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proof: Vec<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct List {
    id: Uri,
    #[serde(rename = "type")]
    kind: ListType,
    status_purpose: StatusPurpose,
    #[serde(rename = "encodedList")]
    bits: StatusBits,
    /// Milliseconds that a verifier may keep it.
    ttl: u32,
}

impl BitstringStatusListCredential {
    /// The list at `id`, which holds from `valid_from` to `valid_until` and may be kept for `ttl_ms`.
    #[must_use]
    pub fn new(
        id: Uri,
        issuer: Uri,
        purpose: StatusPurpose,
        bits: StatusBits,
        (valid_from, valid_until): (Instant, Instant),
        ttl_ms: u32,
    ) -> Self {
        let list =
            List { id: id.with_fragment("list"), kind: ListType, status_purpose: purpose, bits, ttl: ttl_ms };
        Self {
            context: ListContext,
            id,
            kind: ListCredentialType,
            issuer,
            valid_from,
            valid_until,
            credential_subject: list,
            proof: vec![],
        }
    }

    /// Its address.
    #[must_use]
    pub fn id(&self) -> &Uri {
        &self.id
    }

    /// What a set bit means.
    #[must_use]
    pub fn purpose(&self) -> StatusPurpose {
        self.credential_subject.status_purpose
    }

    /// The bits.
    #[must_use]
    pub fn bits(&self) -> &StatusBits {
        &self.credential_subject.bits
    }
}
