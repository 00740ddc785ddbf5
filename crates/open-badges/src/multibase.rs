//! Base58btc with its `z`, as keys and signatures are written.

/// Why a text is not these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MultibaseError {
    /// No `z`, or characters that base58 has not.
    Alphabet,
    /// Fewer or more bytes.
    Length,
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}

/// Stops at the first byte too many: base58 takes the square of a text's length.
pub(crate) fn decode<const LENGTH: usize>(text: &str) -> Result<[u8; LENGTH], MultibaseError> {
    let base58 = text.strip_prefix('z').ok_or(MultibaseError::Alphabet)?;
    let mut bytes = [0; LENGTH];
    match bs58::decode(base58).onto(&mut bytes) {
        Ok(length) if length == LENGTH => Ok(bytes),
        Ok(_) | Err(bs58::decode::Error::BufferTooSmall) => Err(MultibaseError::Length),
        Err(_) => Err(MultibaseError::Alphabet),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_bytes_as_asked_for_are_read() {
        assert_eq!(decode(&encode([0, 0, 255])), Ok([0, 0, 255]));
        assert_eq!(decode::<2>(&encode([0, 0, 255])), Err(MultibaseError::Length));
        assert_eq!(decode::<4>(&encode([0, 0, 255])), Err(MultibaseError::Length));
        assert_eq!(decode::<3>("u1111"), Err(MultibaseError::Alphabet));
        assert_eq!(decode::<3>("z0"), Err(MultibaseError::Alphabet));
        let long = format!("z{}", "2".repeat(10_000_000));
        assert_eq!(decode::<64>(&long), Err(MultibaseError::Length));
    }
}
