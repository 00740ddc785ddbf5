//! What the award rests on.

use serde::{Deserialize, Serialize};

use super::words::words;
use crate::value::{Text, Uri};

words!(EvidenceType = ["Evidence"]);

/// Something that shows that the criteria were met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uri>,
    #[serde(rename = "type")]
    kind: EvidenceType,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What was done (Markdown).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrative: Option<Text>,
    /// What it is, longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// What kind it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<Text>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Text>,
}
