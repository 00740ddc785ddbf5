//! Places in a status list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bits of a list: the least that the standard allows, 16 KiB.
pub const LIST_LENGTH: u32 = 131_072;

/// Why a number or a text is no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in a status list is a number from 0 to 131071, in plain digits")]
pub struct IndexError;

/// A place in a status list, 0 to 131,071; written as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusIndex(u32);

impl StatusIndex {
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    /// The byte and the mask of its bit: the first place is the left-most bit.
    pub(super) fn bit(self) -> (usize, u8) {
        ((self.0 / 8) as usize, 0x80 >> (self.0 % 8))
    }
}

impl TryFrom<u32> for StatusIndex {
    type Error = IndexError;

    fn try_from(index: u32) -> Result<Self, IndexError> {
        if index < LIST_LENGTH { Ok(Self(index)) } else { Err(IndexError) }
    }
}

impl TryFrom<String> for StatusIndex {
    type Error = IndexError;

    fn try_from(text: String) -> Result<Self, IndexError> {
        let index = Self::try_from(text.parse::<u32>().map_err(|_| IndexError)?)?;
        if index.to_string() == text { Ok(index) } else { Err(IndexError) }
    }
}

impl From<StatusIndex> for String {
    fn from(index: StatusIndex) -> Self {
        index.to_string()
    }
}

impl fmt::Display for StatusIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_write_a_place() {
        for text in ["0", "94567", "131071"] {
            assert_eq!(StatusIndex::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["131072", "-1", "+1", "01", " 1", "1.0", "", "4294967296"] {
            assert_eq!(StatusIndex::try_from(text.to_owned()), Err(IndexError), "{text}");
        }
    }
}
