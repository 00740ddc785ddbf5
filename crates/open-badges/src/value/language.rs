//! Languages as the Open Badges schema writes them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text names no language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is written as es, es-419, zh-Hant or zh-Hant-TW")]
pub struct LanguageError;

/// A language tag of the form `es`, `es-419`, `zh-Hant`, `zh-Hant-TW`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(tag: String) -> Result<Self, LanguageError> {
        let mut parts = tag.split('-').peekable();
        let language = parts
            .next()
            .is_some_and(|part| (2..=4).contains(&part.len()) && all(part, u8::is_ascii_lowercase));
        parts.next_if(|part| is_script(part));
        parts.next_if(|part| is_region(part));
        if language && parts.next().is_none() { Ok(Self(tag)) } else { Err(LanguageError) }
    }
}

fn all(part: &str, is: fn(&u8) -> bool) -> bool {
    part.bytes().all(|byte| is(&byte))
}

fn is_script(part: &str) -> bool {
    part.len() == 4
        && part.starts_with(|first: char| first.is_ascii_uppercase())
        && part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && all(part, u8::is_ascii_uppercase))
        || (part.len() == 3 && all(part, u8::is_ascii_digit))
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_the_schema_are_languages() {
        for tag in ["en", "es-419", "zh-Hant", "zh-Hant-TW", "fil", "pt-BR"] {
            assert_eq!(Language::try_from(tag.to_owned()).unwrap().to_string(), tag);
        }
        for tag in ["", "e", "EN", "en-us", "en_US", "english", "en-", "zh-TW-Hant", "en-US-x", "-US"] {
            assert_eq!(Language::try_from(tag.to_owned()), Err(LanguageError), "{tag}");
        }
    }
}
