//! The first look at a text: its length, its characters, its namespace.

use std::sync::Arc;

use crate::{KeyError, KeyKind};

/// The length of Open edX's key columns, in characters.
pub const MAX_CHARACTERS: usize = 255;

/// A text whose namespace is known, its rest not yet read.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) kind: KeyKind,
    /// The whole text.
    pub(crate) text: &'a str,
    /// What follows the namespace and its colon; the whole text of a slash-separated course id.
    pub(crate) rest: &'a str,
}

impl<'a> Named<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, KeyError> {
        check_length(text)?;
        if text.chars().any(char::is_control) {
            return Err(KeyError::ControlCharacter);
        }
        match text.split_once(':') {
            Some((namespace, rest)) => {
                let kind = KeyKind::of_namespace(namespace).ok_or(KeyError::UnknownNamespace)?;
                Ok(Self { kind, text, rest })
            }
            None if text.contains('/') => Ok(Self { kind: KeyKind::SlashCourse, text, rest: text }),
            None => Err(KeyError::UnknownNamespace),
        }
    }

    /// The rest, split at its colons into exactly `N` parts.
    pub(crate) fn fields<const N: usize>(&self) -> Result<[&'a str; N], KeyError> {
        let mut fields = self.rest.split(':');
        let mut parts = [""; N];
        for part in &mut parts {
            *part = fields.next().ok_or_else(|| self.malformed())?;
        }
        if fields.next().is_some() { Err(self.malformed()) } else { Ok(parts) }
    }

    pub(crate) fn malformed(&self) -> KeyError {
        KeyError::Malformed(self.kind)
    }

    pub(crate) fn other_than(&self, wanted: &'static str) -> KeyError {
        KeyError::OtherType { wanted, found: self.kind }
    }

    /// The text itself, where it is already as it prints.
    pub(crate) fn as_it_is(&self) -> Arc<str> {
        self.text.into()
    }
}

/// The text as it prints, which may be longer than what was read.
pub(crate) fn printed(text: String) -> Result<Arc<str>, KeyError> {
    check_length(&text)?;
    Ok(text.into())
}

fn check_length(text: &str) -> Result<(), KeyError> {
    // No character takes less than a byte, so a short text need not be counted.
    if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
        Err(KeyError::TooLong)
    } else {
        Ok(())
    }
}
