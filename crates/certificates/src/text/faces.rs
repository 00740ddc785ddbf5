//! Which font each part of a text is drawn in. usvg looks for fonts too, but gives up where shaping with another one gives
//! another number of glyphs, as in a line of Arabic or Devanagari with a Latin word.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use usvg::fontdb::ID;

use crate::Fonts;

/// A part of a text in one font, `None` for that of the text around.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) range: Range<usize>,
    pub(super) face: Option<ID>,
}

/// Parts in the order in which they are read. Letters and digits are in the text's own font where it has them; what stands
/// between words is in that of the word before.
pub(super) fn parts(fonts: &Fonts, own: ID, text: &str) -> Vec<Part> {
    let has = |face: Option<ID>, grapheme: &str| {
        let face = face.unwrap_or(own);
        grapheme.chars().filter(|character| !is_ignorable(*character)).all(|one| fonts.face_has(face, one))
    };
    let mut parts: Vec<Part> = Vec::new();
    for (start, grapheme) in text.grapheme_indices(true) {
        let current = parts.last().and_then(|part| part.face);
        let is_word = grapheme.chars().any(char::is_alphanumeric);
        let face = if !is_word && has(current, grapheme) {
            current
        } else if has(None, grapheme) {
            None
        } else if has(current, grapheme) {
            current
        } else {
            let lacking = grapheme.chars().find(|one| !is_ignorable(*one) && !fonts.face_has(own, *one));
            lacking.and_then(|character| fonts.fallback(character, &[own]))
        };
        let range = start..start + grapheme.len();
        match parts.last_mut() {
            Some(part) if part.face == face => part.range.end = range.end,
            _ => parts.push(Part { range, face }),
        }
    }
    parts
}

/// Joiners, marks of direction and selectors of variants, which fonts need not have.
fn is_ignorable(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(&str, Option<ID>)> {
        let fonts = Fonts::bundled();
        let own = fonts.find("", 600, false);
        parts(&fonts, own, text).into_iter().map(|part| (&text[part.range], part.face)).collect()
    }

    #[test]
    fn a_text_in_its_own_font_is_one_part() {
        assert_eq!(split("Ada, Ευφροσύνη & Ярослава שרה"), [("Ada, Ευφροσύνη & Ярослава שרה", None)]);
    }

    #[test]
    fn what_no_font_has_stays_in_the_texts_own() {
        assert_eq!(split("Ada 東方"), [("Ada 東方", None)]);
    }

    #[test]
    fn a_letter_of_another_font_takes_the_spaces_after_it_along() {
        // Of ours, the regular one alone has the arrow.
        let fonts = Fonts::bundled();
        let lacking = ('\u{2190}'..'\u{2bff}')
            .find(|one| fonts.has(*one) && !fonts.face_has(fonts.find("", 600, false), *one));
        let lacking = lacking.unwrap();
        let text = format!("a {lacking} , {lacking} b");
        let parts: Vec<String> = split(&text).into_iter().map(|(text, _)| text.to_owned()).collect();
        assert_eq!(parts, ["a ".to_owned(), format!("{lacking} , {lacking} "), "b".to_owned()]);
    }
}
