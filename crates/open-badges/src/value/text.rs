//! Text for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text can stand in no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// What is empty is left out.
    #[error("the text is empty")]
    Empty,
    /// Implementations of RDF write it differently, so that they would not sign the same.
    #[error("the text has the character U+{0:04X}, which is not signed alike everywhere")]
    Character(u32),
}

/// A text that is not empty, without control characters but tab and newline, and without U+FFFE and U+FFFF.
///
/// Canonical N-Quads of other implementations escape those differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

impl Text {
    /// The text, unchanged.
    ///
    /// # Errors
    ///
    /// [`TextError`], when it cannot be signed as it is.
    pub fn parse(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if let Some(odd) = text.chars().find(|c| is_odd(*c)) {
            return Err(TextError::Character(odd.into()));
        }
        if text.is_empty() { Err(TextError::Empty) } else { Ok(Self(text)) }
    }

    /// What of a text can be signed: each end of line becomes a newline, and what [`Text::parse`] refuses is left out.
    ///
    /// Titles and names come from people's keyboards; none of them may keep a credential from being issued. `None`
    /// when nothing remains.
    #[must_use]
    pub fn cleaned(text: &str) -> Option<Self> {
        let text: String =
            text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| !is_odd(*c)).collect();
        Self::parse(text).ok()
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_odd(c: char) -> bool {
    (c.is_control() && c != '\t' && c != '\n') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_signed_alike_everywhere_is_refused() {
        for odd in ['\0', '\u{1}', '\r', '\u{1F}', '\u{7F}', '\u{85}', '\u{9F}', '\u{FFFE}', '\u{FFFF}'] {
            let error = Text::parse(format!("a{odd}b")).unwrap_err();
            assert_eq!(error, TextError::Character(odd.into()));
        }
        assert_eq!(Text::parse(""), Err(TextError::Empty));
    }

    #[test]
    fn what_people_write_is_kept() {
        for text in ["Ω \"quoted\" <b> \\ ]]>", "two\nlines\tand a tab", "שלום \u{200F}👩‍🎓", "\u{FFFD}"]
        {
            assert_eq!(Text::parse(text).unwrap().as_str(), text);
            assert_eq!(Text::cleaned(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn cleaning_keeps_lines_and_drops_the_rest() {
        assert_eq!(Text::cleaned("a\r\nb\rc\u{0}\u{FFFF}d").unwrap().as_str(), "a\nb\ncd");
        assert_eq!(Text::cleaned("\u{7F}"), None);
    }
}
