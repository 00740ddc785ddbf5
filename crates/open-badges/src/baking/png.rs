//! PNG: an `iTXt` chunk after the header.

use super::{BakeError, keeps};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const KEYWORD: &[u8] = b"openbadgecredential";
/// After the keyword and its end: not compressed (2 bytes), no language, no translated keyword.
const PLAIN: &[u8] = &[0, 0, 0, 0, 0];
const MALFORMED: BakeError = BakeError::Malformed("PNG");

/// The picture with the credential in it, everything else as it was.
///
/// # Errors
///
/// [`BakeError`]
pub fn bake_png(png: &[u8], credential: &str) -> Result<Vec<u8>, BakeError> {
    keeps(credential)?;
    let chunks = chunks(png)?;
    if chunks.iter().any(Chunk::is_ours) {
        return Err(BakeError::Twice);
    }
    let header_ends = SIGNATURE.len() + chunks.first().map_or(0, |header| header.whole.len());
    let (before, after) = png.split_at(header_ends);
    Ok([before, &chunk(credential)?, after].concat())
}

/// The credential that the picture carries, byte by byte, if it carries one.
///
/// # Errors
///
/// [`BakeError::Malformed`], also of a credential that is compressed or no UTF-8; [`BakeError::Twice`], when there are two.
pub fn read_png(png: &[u8]) -> Result<Option<String>, BakeError> {
    let chunks = chunks(png)?;
    let mut ours = chunks.iter().filter(|chunk| chunk.is_ours());
    let Some(chunk) = ours.next() else { return Ok(None) };
    if ours.next().is_some() {
        return Err(BakeError::Twice);
    }
    let text = chunk.data.strip_prefix(KEYWORD).and_then(|rest| rest.strip_prefix(PLAIN)).ok_or(MALFORMED)?;
    Ok(Some(std::str::from_utf8(text).map_err(|_| MALFORMED)?.to_owned()))
}

struct Chunk<'a> {
    /// Length, type, data, check sum.
    whole: &'a [u8],
    kind: &'a [u8],
    data: &'a [u8],
}

impl Chunk<'_> {
    /// A text chunk under our keyword, or under that of older Open Badges.
    fn is_ours(&self) -> bool {
        let keyword = self.data.split(|byte| *byte == 0).next();
        matches!(self.kind, b"iTXt" | b"tEXt" | b"zTXt")
            && keyword.is_some_and(|keyword| keyword == KEYWORD || keyword == b"openbadges")
    }
}

/// All chunks, from `IHDR` to `IEND`, each with a check sum that holds.
fn chunks(png: &[u8]) -> Result<Vec<Chunk<'_>>, BakeError> {
    let mut rest = png.strip_prefix(SIGNATURE).ok_or(MALFORMED)?;
    let mut chunks = vec![];
    while !rest.is_empty() {
        let length = rest.first_chunk().map(|length| u32::from_be_bytes(*length)).ok_or(MALFORMED)?;
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(12)).ok_or(MALFORMED)?;
        let (whole, after) = rest.split_at_checked(end).ok_or(MALFORMED)?;
        let (summed, sum) = whole[4..].split_last_chunk().ok_or(MALFORMED)?;
        if crc32fast::hash(summed) != u32::from_be_bytes(*sum) {
            return Err(MALFORMED);
        }
        let (kind, data) = summed.split_at(4);
        chunks.push(Chunk { whole, kind, data });
        rest = after;
    }
    let framed = |chunk: Option<&Chunk<'_>>, kind: &[u8], length: usize| {
        chunk.is_some_and(|chunk| chunk.kind == kind && chunk.data.len() == length)
    };
    let whole = framed(chunks.first(), b"IHDR", 13) && framed(chunks.last(), b"IEND", 0);
    let ends = chunks.iter().filter(|chunk| matches!(chunk.kind, b"IHDR" | b"IEND")).count();
    if whole && ends == 2 { Ok(chunks) } else { Err(MALFORMED) }
}

fn chunk(credential: &str) -> Result<Vec<u8>, BakeError> {
    let data = [KEYWORD, PLAIN, credential.as_bytes()].concat();
    // PNG's lengths end at 2^31 - 1.
    let length = i32::try_from(data.len()).map_err(|_| BakeError::Credential)?;
    let summed = [b"iTXt", data.as_slice()].concat();
    let sum = crc32fast::hash(&summed);
    Ok([&length.to_be_bytes(), summed.as_slice(), &sum.to_be_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One transparent pixel.
    const PIXEL: &str = include_str!("../../tests/it/pixel.png.hex");
    const CREDENTIAL: &str = r#"{"name":"Ω \"quoted\" <b> ]]> שלום"}"#;

    fn pixel() -> Vec<u8> {
        hex::decode(PIXEL.trim()).unwrap()
    }

    #[test]
    fn a_baked_picture_gives_the_same_bytes_back() {
        let baked = bake_png(&pixel(), CREDENTIAL).unwrap();
        assert_eq!(read_png(&baked).unwrap().as_deref(), Some(CREDENTIAL));
        assert_eq!(read_png(&pixel()), Ok(None));
    }

    #[test]
    fn the_chunk_comes_after_the_header_and_changes_nothing_else() {
        let (pixel, baked) = (pixel(), bake_png(&pixel(), CREDENTIAL).unwrap());
        let added = baked.len() - pixel.len();
        assert_eq!(baked[..33], pixel[..33]);
        assert_eq!(baked[33 + added..], pixel[33..]);
        assert_eq!(baked[37..61], *b"iTXtopenbadgecredential\0");
        assert_eq!(baked[61..65], [0; 4], "not compressed, no language, no other keyword");
        assert_eq!(baked[65..65 + CREDENTIAL.len()], *CREDENTIAL.as_bytes());
    }

    #[test]
    fn a_picture_carries_one_credential() {
        let baked = bake_png(&pixel(), CREDENTIAL).unwrap();
        assert_eq!(bake_png(&baked, CREDENTIAL), Err(BakeError::Twice));
        let (before, after) = baked.split_at(33);
        let twice = [before, &chunk(CREDENTIAL).unwrap(), after].concat();
        assert_eq!(read_png(&twice), Err(BakeError::Twice));
    }

    #[test]
    fn a_picture_that_is_not_whole_is_refused() {
        let pixel = pixel();
        for length in 0..pixel.len() {
            assert_eq!(bake_png(&pixel[..length], CREDENTIAL), Err(MALFORMED), "{length} bytes");
        }
        for byte in 0..pixel.len() {
            let mut broken = pixel.clone();
            broken[byte] ^= 1;
            assert_eq!(bake_png(&broken, CREDENTIAL), Err(MALFORMED), "byte {byte}");
        }
        let more = [pixel.as_slice(), b"more"].concat();
        assert_eq!(bake_png(&more, CREDENTIAL), Err(MALFORMED));
        let two = [pixel.as_slice(), &pixel[SIGNATURE.len()..]].concat();
        assert_eq!(bake_png(&two, CREDENTIAL), Err(MALFORMED));
    }

    #[test]
    fn a_credential_of_another_form_is_not_read() {
        let (pixel, data) = (pixel(), [KEYWORD, &[0, 1, 0, 0, 0, 0x78]].concat());
        let summed = [b"iTXt", data.as_slice()].concat();
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let sum = crc32fast::hash(&summed).to_be_bytes();
        let compressed = [&pixel[..33], &length, &summed, &sum, &pixel[33..]].concat();
        assert_eq!(read_png(&compressed), Err(MALFORMED));
        assert_eq!(bake_png(&compressed, CREDENTIAL), Err(BakeError::Twice));
    }

    #[test]
    fn what_a_picture_would_not_keep_is_refused() {
        for odd in ["{\n}", "\0", "\u{FFFE}"] {
            assert_eq!(bake_png(&pixel(), odd), Err(BakeError::Credential));
        }
    }
}
