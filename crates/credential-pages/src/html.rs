//! From a filled template to a page.

use askama::Template;

/// The page.
#[expect(clippy::expect_used, reason = "our templates write texts into a string, which cannot fail")]
pub(crate) fn html(view: &impl Template) -> String {
    clean(view.render().expect("texts are written into a string"))
}

/// Takes out of a rendered page the characters that HTML forbids (control characters, noncharacters) and those that change the
/// order in which others are shown beyond their own text. Nothing else hangs on one: markup has none, and escaped text stays so.
fn clean(mut html: String) -> String {
    // Hardly any page has one, and bytes are looked through many at once: those that none of these characters begin with.
    let is_harmless =
        |b: u8| matches!(b, b' '..=b'~' | b'\n' | b'\t' | 0x80..=0xc1 | 0xc3..=0xe1 | 0xe3..=0xee);
    if !html.bytes().fold(true, |all, b| all & is_harmless(b)) {
        html.retain(|c| !is_forbidden(c) && !is_reordering(c));
    }
    html
}

/// HTML's "text" (WHATWG HTML, 2.1.5 and 13.2.2): its parse errors "control-character-…" and "noncharacter-…".
fn is_forbidden(c: char) -> bool {
    let noncharacter = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    noncharacter || (c.is_control() && c != '\n' && c != '\t')
}

/// Embeddings, overrides and isolates (UAX 9, 2.1 to 2.4). The marks of 2.6 reach no further than their neighbours, and stay.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forbidden_or_reorders_is_taken_out_and_nothing_else() {
        let text = "a\u{0}\u{1b}\r\u{7f}\u{85}\u{fdd0}\u{ffff}\u{1fffe}\u{202e}\u{2066}\u{2069}b\n\t";
        assert_eq!(clean(text.to_owned()), "ab\n\t");
        let kept = "é\u{200f}\u{200e}\u{61c}\u{200d}👩‍🚀 \u{a0}عربي\u{fffd}\u{feff}";
        assert_eq!(clean(kept.to_owned()), kept);
    }
}
