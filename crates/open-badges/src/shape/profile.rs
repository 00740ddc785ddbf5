//! Who issues.

use serde::{Deserialize, Serialize};

use super::Image;
use super::words::words;
use crate::value::{Text, Uri};

words!(ProfileType = ["Profile"]);

/// The issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its DID: [`crate::Did::uri`].
    pub id: Uri,
    #[serde(rename = "type")]
    kind: ProfileType,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Uri>,
    /// Where it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

impl Profile {
    /// An issuer without a name.
    #[must_use]
    pub fn new(id: Uri) -> Self {
        Self { id, kind: ProfileType, name: None, url: None, email: None, description: None, image: None }
    }
}
