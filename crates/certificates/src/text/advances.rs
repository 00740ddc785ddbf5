//! What usvg 0.47 gets wrong, and 0.49 right, which krilla-svg does not take yet: it makes a letter of several glyphs, as of
//! Devanagari, as wide as the widest of them.

use rustybuzz::{Direction, Face, UnicodeBuffer};
use usvg::fontdb::ID;

use crate::Fonts;

/// What each letter lacks in width, at size 1, told at its last character; for text from the left.
pub(super) fn lacking(fonts: &Fonts, face: ID, text: &str) -> Vec<f32> {
    let shape = |data: &[u8], index| {
        let face = Face::from_slice(data, index)?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        #[expect(clippy::cast_precision_loss, reason = "a font's units")]
        let units = face.units_per_em() as f32;
        let shaped = rustybuzz::shape(&face, &[], buffer);
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        #[expect(clippy::cast_precision_loss, reason = "a font's units")]
        let advances = glyphs.map(|(info, place)| (info.cluster as usize, place.x_advance as f32 / units));
        Some(advances.collect::<Vec<_>>())
    };
    let advances = fonts.with_data(face, shape).flatten().unwrap_or_default();
    let mut lacking = vec![0.0; text.chars().count()];
    let letters: Vec<_> = advances.chunk_by(|(a, _), (b, _)| a == b).collect();
    for (at, letter) in letters.iter().enumerate() {
        let sum: f32 = letter.iter().map(|(_, advance)| advance).sum();
        let widest = letter.iter().map(|(_, advance)| *advance).fold(0.0, f32::max);
        let end = letters.get(at + 1).map_or(text.len(), |next| next[0].0);
        let characters = text[..end].chars().count();
        lacking[characters.max(1) - 1] = (sum - widest).max(0.0);
    }
    lacking
}

/// How far each character is to be moved from where usvg has it, for `dx`; empty where it has all in their places.
pub(super) fn moves(lacking: &[f32], size: f32) -> Vec<f32> {
    if lacking.iter().all(|one| *one < 0.0001) {
        return Vec::new();
    }
    // A letter that is too narrow moves the one after it.
    [0.0].iter().chain(&lacking[..lacking.len() - 1]).map(|one| one * size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::font::Font;
    use crate::text::measure::measure;

    #[test]
    fn letters_of_one_glyph_lack_nothing() {
        let fonts = Fonts::bundled();
        let lacking = lacking(&fonts, fonts.find("", 400, false), "Ada e\u{301}");
        assert!(moves(&lacking, 10.0).is_empty());
    }

    #[test]
    fn letters_of_several_glyphs_are_as_wide_as_all_of_them() {
        let fonts = Fonts::load();
        let own = fonts.find("", 400, false);
        // Where no font has it there is nothing to be measured.
        let Some(face) = fonts.fallback('क', &[own]) else { return };
        let font = Font { attributes: String::new(), face: own };
        let (widths, _) =
            measure(&fonts, &font, &[("क", Some(face)), ("कि", Some(face)), ("किक", Some(face))]);
        let close = |a: f32, b: f32| (a - b).abs() < 0.01;
        assert!(widths[1] > widths[0] * 1.2 && close(widths[1] + widths[0], widths[2]), "{widths:?}");
    }

    #[test]
    fn what_a_letter_lacks_moves_the_next_one() {
        assert_eq!(moves(&[0.0, 0.5, 0.0, 0.25], 10.0), [0.0, 0.0, 5.0, 0.0]);
    }
}
