//! The classes of characters that the Python library's patterns are made of.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Python's `\w`: a letter (L*), a number (N*) or `_`.
///
/// `char::is_alphanumeric` also takes combining marks and circled letters.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number)
}

fn all(text: &str, class: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(class)
}

/// `[\w\-~.:]+`, the parts of `+`-separated keys.
pub(crate) fn is_id(text: &str) -> bool {
    all(text, |c| is_word(c) || matches!(c, '-' | '~' | '.' | ':'))
}

/// `[\w\-~.:%]+`, names and revisions of deprecated locations.
pub(crate) fn is_deprecated_id(text: &str) -> bool {
    all(text, |c| is_word(c) || matches!(c, '-' | '~' | '.' | ':' | '%'))
}

/// `[\w.%-]+`, the parts of deprecated course ids.
pub(crate) fn is_slash_part(text: &str) -> bool {
    all(text, |c| is_word(c) || matches!(c, '-' | '.' | '%'))
}

/// `[\w\-.]+`, the slugs and ids of content libraries.
pub(crate) fn is_slug(text: &str) -> bool {
    all(text, |c| is_word(c) || matches!(c, '-' | '.'))
}

/// `[a-zA-Z0-9_\-.]+`, the organisations and types of content libraries.
pub(crate) fn is_ascii_slug(text: &str) -> bool {
    all(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// `\d+`: decimal digits of any script.
pub(crate) fn is_digits(text: &str) -> bool {
    all(text, |c| c.is_ascii_digit() || c.general_category() == GeneralCategory::DecimalNumber)
}

/// Whether `text` is `tag`, which is ASCII and lower case, as Python's `re.IGNORECASE` sees it: four letters
/// outside ASCII count as the ASCII letter that they fold to.
pub(crate) fn is_tag_ignoring_case(text: &str, tag: &str) -> bool {
    let folded = text.chars().map(|c| match c {
        'ı' | 'İ' => 'i',
        'ſ' => 's',
        '\u{212a}' => 'k',
        _ => c.to_ascii_lowercase(),
    });
    folded.eq(tag.chars())
}
