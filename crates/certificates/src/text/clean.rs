use unicode_segmentation::UnicodeSegmentation as _;

/// Characters of one grapheme: families of emoji have ten, nobody's name has more; marks on marks without end are cut.
const MAX_CHARACTERS: usize = 16;

/// One line of at most `max` graphemes without what cannot be seen, has no place in XML, or turns other text around.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|character| is_kept(*character)).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let line = words.join(" ");
    line.graphemes(true).take(max).flat_map(|grapheme| grapheme.chars().take(MAX_CHARACTERS)).collect()
}

fn is_kept(character: char) -> bool {
    let code = u32::from(character);
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_none = code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
    !(character.is_control() || turns || is_none || character == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_overrides_are_dropped_and_spaces_are_one() {
        assert_eq!(
            clean(" A\u{0}da\n\t\u{202e}Love\u{7f}lace\u{2028}\u{2066}! \u{fffe}\u{feff} ", 300),
            "Ada Lovelace !"
        );
    }

    #[test]
    fn joiners_and_marks_that_languages_need_stay() {
        for name in ["می\u{200c}خواهم", "👩\u{200d}🔬", "क्\u{200d}ष", "\u{200f}שרה", "e\u{301}"]
        {
            assert_eq!(clean(name, 300), name);
        }
    }

    #[test]
    fn graphemes_are_counted_and_marks_without_end_are_cut() {
        assert_eq!(clean(&"é".repeat(301), 300).chars().count(), 300);
        let marks = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(clean(&marks, 300).chars().count(), MAX_CHARACTERS + 1);
    }
}
