//! Where it is told whether the credential still holds.

use serde::{Deserialize, Serialize};

use super::words::words;
use crate::status_list::StatusIndex;
use crate::value::Uri;

words!(EntryType = "BitstringStatusListEntry");

/// What a set bit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusPurpose {
    /// Taken back, for ever.
    Revocation,
    /// Does not hold at present.
    Suspension,
}

/// A bit of a status list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BitstringStatusListEntry {
    id: Uri,
    #[serde(rename = "type")]
    kind: EntryType,
    /// What the bit means when set.
    pub status_purpose: StatusPurpose,
    /// Which bit.
    pub status_list_index: StatusIndex,
    /// The address of the list's credential.
    pub status_list_credential: Uri,
}

impl BitstringStatusListEntry {
    /// This bit of the list at this address.
    #[must_use]
    pub fn new(list: Uri, purpose: StatusPurpose, index: StatusIndex) -> Self {
        Self {
            id: list.with_fragment(index),
            kind: EntryType,
            status_purpose: purpose,
            status_list_index: index,
            status_list_credential: list,
        }
    }
}

/// No entry is left out, one is an object, several are an array: Open Badges 3.0 allows one object only.
pub(super) mod entries {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    use super::BitstringStatusListEntry;

    pub(in crate::shape) fn serialize<S: Serializer>(
        entries: &[BitstringStatusListEntry],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match entries {
            [entry] => entry.serialize(serializer),
            entries => entries.serialize(serializer),
        }
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(BitstringStatusListEntry),
        Many(Vec<BitstringStatusListEntry>),
    }

    pub(in crate::shape) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<BitstringStatusListEntry>, D::Error> {
        Ok(match OneOrMany::deserialize(deserializer)? {
            OneOrMany::One(entry) => vec![entry],
            OneOrMany::Many(entries) => entries,
        })
    }
}
