//! Pictures.

use serde::{Deserialize, Serialize};

use super::words::words;
use crate::value::{Text, Uri};

words!(ImageType = "Image");

/// A picture: its address, or the picture itself as a `data:` URI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Where it is.
    pub id: Uri,
    #[serde(rename = "type")]
    kind: ImageType,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<Text>,
}

impl Image {
    /// A picture without caption.
    #[must_use]
    pub fn new(id: Uri) -> Self {
        Self { id, kind: ImageType, caption: None }
    }
}
