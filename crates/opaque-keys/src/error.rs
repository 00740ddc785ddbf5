//! Why a text is no key.

use crate::KeyKind;
use crate::named::MAX_CHARACTERS;

/// Why a text is no key of the wanted type; says nothing of the text itself, which may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text, or the key as it would be printed, is longer than Open edX's key columns.
    #[error("the key is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// The text holds a control character, such as a newline or U+0000.
    #[error("the key holds a control character")]
    ControlCharacter,
    /// The text starts with no namespace known here, nor is it a slash-separated course id.
    #[error("the key has no known namespace")]
    UnknownNamespace,
    /// The namespace is known, the rest does not follow its grammar.
    #[error("the key does not follow the grammar of {0} keys")]
    Malformed(KeyKind),
    /// A key, but of another type than the one asked for.
    #[error("the key is of the type {found}, not {wanted}")]
    OtherType {
        /// The type asked for.
        wanted: &'static str,
        /// The kind of key that the text's namespace names.
        found: KeyKind,
    },
}
