//! The credential itself.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{AchievementSubject, BitstringStatusListEntry, Evidence, Image, Profile, status};
use crate::proof::Proof;
use crate::value::{Instant, Text, Uri};

words!(
    CredentialContext = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]
);
words!(CredentialType = ["VerifiableCredential", "OpenBadgeCredential"]);
words!(
    SchemaId =
        "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
);
words!(SchemaType = "1EdTechJsonSchemaValidator2019");

/// An `OpenBadgeCredential` of Open Badges 3.0 on the Verifiable Credentials Data Model 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenBadgeCredential {
    #[serde(rename = "@context")]
    pub(crate) context: CredentialContext,
    /// The same for each re-issue; of those the newest `valid_from` holds.
    pub id: Uri,
    #[serde(rename = "type")]
    kind: CredentialType,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Who issues it.
    pub issuer: Profile,
    /// Holds from then on. Not in the future when it is handed out: verifiers allow little or no skew.
    pub valid_from: Instant,
    /// Expires then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
    /// First awarded; a re-issue keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awarded_date: Option<Instant>,
    /// Who achieved what.
    pub credential_subject: AchievementSubject,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Bits of status lists, one a purpose. The schema of Open Badges 3.0 allows at most one.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "status::entries")]
    pub credential_status: Vec<BitstringStatusListEntry>,
    credential_schema: [CredentialSchema; 1],
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proof: Vec<Proof>,
}

impl OpenBadgeCredential {
    /// A credential with what must be there, not signed yet.
    #[must_use]
    pub fn new(
        id: Uri,
        issuer: Profile,
        valid_from: Instant,
        credential_subject: AchievementSubject,
    ) -> Self {
        Self {
            context: CredentialContext,
            id,
            kind: CredentialType,
            name: None,
            description: None,
            image: None,
            issuer,
            valid_from,
            valid_until: None,
            awarded_date: None,
            credential_subject,
            evidence: vec![],
            credential_status: vec![],
            credential_schema: [CredentialSchema::default()],
            proof: vec![],
        }
    }
}

/// The JSON Schema of Open Badges 3.0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialSchema {
    id: SchemaId,
    #[serde(rename = "type")]
    kind: SchemaType,
}
