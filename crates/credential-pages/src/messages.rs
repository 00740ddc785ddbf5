//! The words of each language, from `messages/`.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;

use crate::Language;

/// All words of a language. They are whole texts, so that nothing hangs on how a language bends its words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Messages {
    pub(crate) name: String,
    pub(crate) languages: String,
    pub(crate) credential: String,
    pub(crate) status: String,
    pub(crate) awarded_to: String,
    pub(crate) name_hidden: String,
    pub(crate) issued_by: String,
    pub(crate) details: String,
    pub(crate) awarded: String,
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
    pub(crate) revoked_at: String,
    pub(crate) reason: String,
    pub(crate) grade: String,
    pub(crate) hours: String,
    pub(crate) credential_id: String,
    pub(crate) about: String,
    pub(crate) criteria: String,
    pub(crate) criteria_link: String,
    pub(crate) achievement: String,
    pub(crate) achievement_link: String,
    pub(crate) alignments: String,
    pub(crate) framework: String,
    pub(crate) code: String,
    pub(crate) path: String,
    pub(crate) revision: String,
    pub(crate) courses: String,
    pub(crate) course: String,
    pub(crate) signatories: String,
    pub(crate) downloads: String,
    pub(crate) pdf: String,
    pub(crate) json: String,
    pub(crate) png: String,
    pub(crate) svg: String,
    pub(crate) check: String,
    pub(crate) check_address: String,
    pub(crate) check_intro: String,
    pub(crate) check_download: String,
    pub(crate) check_upload: String,
    pub(crate) check_compare: String,
    pub(crate) this_page: String,
    pub(crate) issuer_keys: String,
    pub(crate) status_list: String,
    pub(crate) linkedin: String,
    pub(crate) linkedin_open: String,
    pub(crate) linkedin_copy: String,
    pub(crate) linkedin_name: String,
    pub(crate) linkedin_organisation: String,
    pub(crate) linkedin_issued: String,
    pub(crate) linkedin_expires: String,
    pub(crate) linkedin_url: String,
    pub(crate) not_found: String,
    pub(crate) not_found_meaning: String,
    pub(crate) not_found_whole: String,
    pub(crate) not_found_ask: String,
    pub(crate) valid: StatusWords,
    pub(crate) revoked: StatusWords,
    pub(crate) suspended: StatusWords,
    pub(crate) expired: StatusWords,
    pub(crate) not_yet_valid: StatusWords,
    pub(crate) withdrawn: StatusWords,
    months: [String; 12],
    formats: Formats,
}

/// A status, and what it means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusWords {
    pub(crate) word: String,
    pub(crate) meaning: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    day: String,
    first_day: String,
    month: String,
    instant: String,
    decimal_point: String,
    percent: String,
}

impl Messages {
    /// A day in words.
    pub(crate) fn day(&self, at: DateTime<Utc>) -> String {
        let formats = &self.formats;
        let format = if at.day() == 1 { &formats.first_day } else { &formats.day };
        self.of_month(&format.replace("{day}", &at.day().to_string()), at)
    }

    /// A month of a year in words.
    pub(crate) fn month(&self, at: DateTime<Utc>) -> String {
        self.of_month(&self.formats.month, at)
    }

    /// A day in words and a time, to the minute.
    pub(crate) fn instant(&self, at: DateTime<Utc>) -> String {
        let time = at.format("%H:%M").to_string();
        self.formats.instant.replace("{date}", &self.day(at)).replace("{time}", &time)
    }

    fn of_month(&self, format: &str, at: DateTime<Utc>) -> String {
        let month = &self.months[at.month0() as usize];
        format.replace("{month}", month).replace("{year}", &at.year().to_string())
    }

    /// A number with at most one digit after the point.
    pub(crate) fn number(&self, number: f64) -> String {
        let text = format!("{number:.1}");
        text.strip_suffix(".0").unwrap_or(&text).replace('.', &self.formats.decimal_point)
    }

    /// A share of 1 as a percentage.
    pub(crate) fn percent(&self, share: f64) -> String {
        self.formats.percent.replace("{number}", &self.number(share * 100.0))
    }
}

impl Language {
    pub(crate) fn messages(self) -> &'static Messages {
        match self {
            Self::English => &ENGLISH,
            Self::Spanish => &SPANISH,
            Self::French => &FRENCH,
            Self::Arabic => &ARABIC,
        }
    }
}

static ENGLISH: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/en.toml")));
static SPANISH: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/es.toml")));
static FRENCH: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/fr.toml")));
static ARABIC: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/ar.toml")));

#[expect(clippy::expect_used, reason = "the files are part of the program; a test reads them")]
fn read(file: &str) -> Messages {
    toml::from_str(file).expect("a file of messages has all of them")
}

#[cfg(test)]
mod tests {
    use toml::Value;

    use super::*;

    const FILES: [(Language, &str); 4] = [
        (Language::English, include_str!("../messages/en.toml")),
        (Language::Spanish, include_str!("../messages/es.toml")),
        (Language::French, include_str!("../messages/fr.toml")),
        (Language::Arabic, include_str!("../messages/ar.toml")),
    ];

    fn texts(at: &str, value: &Value, into: &mut Vec<(String, String)>) {
        match value {
            Value::String(text) => into.push((at.to_owned(), text.clone())),
            Value::Array(values) => {
                values.iter().enumerate().for_each(|(key, value)| texts(&format!("{at}.{key}"), value, into));
            }
            Value::Table(values) => {
                values.iter().for_each(|(key, value)| texts(&format!("{at}.{key}"), value, into));
            }
            _ => panic!("{at} is no text"),
        }
    }

    fn all(file: &str) -> Vec<(String, String)> {
        let mut into = vec![];
        texts("", &Value::Table(toml::from_str(file).unwrap()), &mut into);
        into
    }

    #[test]
    fn each_language_has_every_message() {
        assert_eq!(FILES.map(|(language, _)| language), Language::ALL);
        let keys = |file| all(file).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        for (language, file) in FILES {
            toml::from_str::<Messages>(file).unwrap_or_else(|error| panic!("{language:?}: {error}"));
            assert_eq!(keys(file), keys(FILES[0].1), "{language:?}");
            for (key, text) in all(file) {
                assert_eq!(text.trim(), text, "{language:?} {key}");
                assert!(!text.is_empty(), "{language:?} {key}");
            }
        }
    }

    #[test]
    fn no_language_has_sentences_of_another() {
        let english = all(FILES[0].1);
        for (language, file) in &FILES[1..] {
            let is_sentence = |text: &str| text.contains(' ') && text.ends_with('.');
            let copied: Vec<_> =
                all(file).into_iter().filter(|text| is_sentence(&text.1) && english.contains(text)).collect();
            assert_eq!(copied, [], "{language:?}");
        }
    }

    #[test]
    fn dates_are_in_words() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (first, later) = (at("2026-05-01T00:00:00Z"), at("2026-12-31T23:59:59Z"));
        let said = Language::ALL.map(|language| {
            let m = language.messages();
            [m.day(first), m.instant(later), m.month(later)]
        });
        assert_eq!(
            said,
            [
                ["1 May 2026", "31 December 2026, 23:59 UTC", "December 2026"],
                ["1 de mayo de 2026", "31 de diciembre de 2026, 23:59 UTC", "diciembre de 2026"],
                ["1er mai 2026", "31 décembre 2026, 23:59 UTC", "décembre 2026"],
                ["1 مايو 2026", "31 ديسمبر 2026، 23:59 UTC", "ديسمبر 2026"],
            ]
        );
    }

    #[test]
    fn numbers_are_as_the_language_writes_them() {
        let said = Language::ALL.map(|language| {
            let m = language.messages();
            [m.percent(0.925), m.percent(1.0), m.number(12.5), m.number(40.0)]
        });
        assert_eq!(
            said,
            [
                ["92.5%", "100%", "12.5", "40"],
                ["92,5\u{a0}%", "100\u{a0}%", "12,5", "40"],
                ["92,5\u{a0}%", "100\u{a0}%", "12,5", "40"],
                ["92.5%", "100%", "12.5", "40"],
            ]
        );
    }
}
