//! The bits of a list, and how they are written.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::index::{LIST_LENGTH, StatusIndex};

const BYTES: usize = LIST_LENGTH as usize / 8;

/// Why a text is no list of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    /// Only `u…`, base64url without padding, is taken.
    #[error("the list is not written in base64url with a u before it")]
    Multibase,
    /// The bytes are not gzipped.
    #[error("the list is not gzipped")]
    Gzip,
    /// Ours are as long as a list must be at least.
    #[error("the list has not 131072 bits")]
    Length,
}

/// The bits of a status list, all of them, none set at first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusBits(Vec<u8>);

impl StatusBits {
    /// Is the bit set?
    #[must_use]
    pub fn get(&self, index: StatusIndex) -> bool {
        let (byte, mask) = index.bit();
        self.0[byte] & mask != 0
    }

    /// Sets or clears a bit.
    pub fn set(&mut self, index: StatusIndex, set: bool) {
        let (byte, mask) = index.bit();
        if set {
            self.0[byte] |= mask;
        } else {
            self.0[byte] &= !mask;
        }
    }

    /// `encodedList`: `u` and base64url of the gzipped bytes; the same for the same bits.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("u{}", URL_SAFE_NO_PAD.encode(gzip(&self.0)))
    }

    /// From `encodedList`.
    ///
    /// # Errors
    ///
    /// [`BitsError`]; a list that unpacks to more is not unpacked further.
    pub fn decode(text: &str) -> Result<Self, BitsError> {
        let base64 = text.strip_prefix('u').ok_or(BitsError::Multibase)?;
        let gzipped = URL_SAFE_NO_PAD.decode(base64).map_err(|_| BitsError::Multibase)?;
        let mut bits = Vec::with_capacity(BYTES + 1);
        let limit = BYTES as u64 + 1;
        MultiGzDecoder::new(&*gzipped).take(limit).read_to_end(&mut bits).map_err(|_| BitsError::Gzip)?;
        if bits.len() == BYTES { Ok(Self(bits)) } else { Err(BitsError::Length) }
    }
}

/// The header has no time in it, so the same bytes give the same.
#[expect(clippy::expect_used, reason = "memory takes all bytes")]
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(vec![], Compression::best());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory takes all bytes")
}

impl Default for StatusBits {
    fn default() -> Self {
        Self(vec![0; BYTES])
    }
}

/// Tells how many are set; all of them would fill the screen.
impl std::fmt::Debug for StatusBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatusBits({} set)", self.0.iter().map(|byte| byte.count_ones()).sum::<u32>())
    }
}

impl FromIterator<StatusIndex> for StatusBits {
    fn from_iter<I: IntoIterator<Item = StatusIndex>>(set: I) -> Self {
        let mut bits = Self::default();
        set.into_iter().for_each(|index| bits.set(index, true));
        bits
    }
}

impl TryFrom<String> for StatusBits {
    type Error = BitsError;

    fn try_from(text: String) -> Result<Self, BitsError> {
        Self::decode(&text)
    }
}

impl From<StatusBits> for String {
    fn from(bits: StatusBits) -> Self {
        bits.encode()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(index: u32) -> StatusIndex {
        StatusIndex::try_from(index).unwrap()
    }

    #[test]
    fn a_bit_is_where_the_standard_has_it() {
        for (index, byte, value) in
            [(0, 0, 0x80), (7, 0, 1), (8, 1, 0x80), (94_567, 11_820, 1), (131_071, 16_383, 1)]
        {
            let bits: StatusBits = [at(index)].into_iter().collect();
            assert_eq!(bits.0[byte], value, "{index}");
            assert_eq!(bits.0.iter().filter(|byte| **byte != 0).count(), 1, "{index}");
        }
    }

    #[test]
    fn no_neighbour_of_a_bit_is_taken_for_it() {
        for index in 94_500..94_632 {
            let mut bits: StatusBits = (94_500..94_632).filter(|other| *other != index).map(at).collect();
            assert!(!bits.get(at(index)), "{index}");
            bits.set(at(index), true);
            assert!(bits.get(at(index)), "{index}");
            let others = (94_500..94_632).filter(|other| *other != index);
            bits.set(at(index), false);
            assert!(!bits.get(at(index)) && others.map(at).all(|other| bits.get(other)), "{index}");
        }
    }

    #[test]
    fn an_empty_list_is_short_and_always_the_same() {
        let text = StatusBits::default().encode();
        assert!(text.len() < 100, "{text}");
        assert_eq!(text, StatusBits::default().encode());
        let gzipped = URL_SAFE_NO_PAD.decode(&text[1..]).unwrap();
        assert_eq!(gzipped[..2], [0x1f, 0x8b], "gzip, not zlib");
        assert_eq!(gzipped[4..8], [0; 4], "no time");
    }

    #[test]
    fn other_texts_are_no_lists() {
        let list = |length| format!("u{}", URL_SAFE_NO_PAD.encode(gzip(&vec![0; length])));
        let whole = StatusBits::default().encode();
        for (text, error) in [
            (whole[1..].to_owned(), BitsError::Multibase),
            (format!("z{}", &whole[1..]), BitsError::Multibase),
            (format!("{whole}="), BitsError::Multibase),
            ("uAAAA".into(), BitsError::Gzip),
            (whole[..61].to_owned(), BitsError::Gzip),
            (list(BYTES - 1), BitsError::Length),
            (list(BYTES + 1), BitsError::Length),
            (list(64 << 20), BitsError::Length),
        ] {
            assert_eq!(StatusBits::decode(&text), Err(error));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(set in proptest::collection::btree_set(0..LIST_LENGTH, 0..400)) {
            let bits: StatusBits = set.iter().copied().map(at).collect();
            let read = StatusBits::decode(&bits.encode()).unwrap();
            prop_assert_eq!(&read, &bits);
            let found: std::collections::BTreeSet<_> = (0..LIST_LENGTH).filter(|index| read.get(at(*index))).collect();
            prop_assert_eq!(found, set);
        }
    }
}
