//! What issuers say of themselves, and of the credentials that they issue.

use chrono::{DateTime, Datelike as _, SubsecRound as _, Utc};
use lp_open_badges::{Language, Text, Uri};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// An organisation as its credentials name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerProfile {
    /// Its name.
    #[schema(value_type = String, min_length = 1, example = "Example University")]
    pub name: Text,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "https://example.org")]
    pub url: Option<Uri>,
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "credentials@example.org")]
    pub email: Option<Text>,
    /// Who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "A university of examples.")]
    pub description: Option<Text>,
    /// Its logo, by the digest that it was stored under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub image: Option<String>,
}

/// A credential as it is issued for a path, or a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Whether it is issued; else completions are remembered until it is.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its name.
    #[schema(value_type = String, min_length = 1, example = "Data Engineering Path")]
    pub name: Text,
    /// What it is.
    #[schema(value_type = String, min_length = 1, example = "Awarded for completing the path.")]
    pub description: Text,
    /// What must be done for it (Markdown).
    #[schema(value_type = String, min_length = 1, example = "Complete **3 of 4** courses.")]
    pub criteria: Text,
    /// Where that is said longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "https://example.org/paths/data")]
    pub criteria_url: Option<Uri>,
    /// Its picture, by the digest that it was stored under; one is drawn when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub image: Option<String>,
    /// What it stands for elsewhere: competencies, courses, levels of a framework.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub alignment: Vec<Alignment>,
    /// Who signs it, in print; the signature that programs check is the issuer's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    pub signatories: Vec<Signatory>,
    /// The language that it is in.
    #[serde(default = "english")]
    #[schema(value_type = String, example = "en")]
    pub language: Language,
    /// Days for which it is valid, where the award itself does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 36_525)]
    pub valid_days: Option<u32>,
    /// It is not valid before that; to the microsecond.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "to_the_microsecond")]
    pub not_before: Option<DateTime<Utc>>,
    /// Whether the grade is shown.
    #[serde(default)]
    pub shows_grade: bool,
    /// Whether it is shown which courses counted.
    #[serde(default = "yes")]
    pub shows_courses: bool,
    /// Hours of work, if they are to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub hours: Option<u32>,
}

/// Something elsewhere that a credential stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// Its name.
    #[schema(value_type = String, min_length = 1, example = "Managing data")]
    pub name: Text,
    /// Its page.
    #[schema(value_type = String, example = "https://example.org/frameworks/digital/1.3")]
    pub url: Uri,
    /// The framework that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Digital competences")]
    pub framework: Option<Text>,
    /// What it is known by there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "1.3")]
    pub code: Option<Text>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Keeps data and finds them again.")]
    pub description: Option<Text>,
}

/// Somebody whose signature is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// Their name.
    #[schema(value_type = String, min_length = 1, example = "Ada Lovelace")]
    pub name: Text,
    /// What they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Dean")]
    pub title: Option<Text>,
    /// Their signature, by the digest that it was stored under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub signature: Option<String>,
}

/// As the database keeps the dates of a credential: with more digits it would be later than itself at each look.
fn to_the_microsecond<'de, D: Deserializer<'de>>(at: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<DateTime<Utc>>::deserialize(at)?.map(|at| at.trunc_subsecs(6)))
}

fn yes() -> bool {
    true
}

#[expect(clippy::expect_used, reason = "a language")]
fn english() -> Language {
    Language::try_from("en".to_owned()).expect("a language")
}

/// The longest of these texts, in characters.
const MAX_NAME: usize = 300;
const MAX_TEXT: usize = 4_000;
/// The most signatories that a certificate has room for.
const MAX_SIGNATORIES: usize = 3;
/// The most things that a credential stands for.
const MAX_ALIGNMENTS: usize = 20;
/// A century.
const MAX_DAYS: u32 = 36_525;

impl IssuerProfile {
    /// What is wrong with it: place and reason.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, &'static str)> {
        let mut problems = Vec::new();
        named(&mut problems, "/name", &self.name);
        let texts = [("/email", &self.email), ("/description", &self.description)];
        for (place, text) in texts.into_iter().filter_map(|(place, text)| Some((place, text.as_ref()?))) {
            bounded(&mut problems, place, text, MAX_TEXT);
        }
        web(&mut problems, "/url", self.url.as_ref());
        image(&mut problems, "/image", self.image.as_deref());
        problems
    }

    /// The pictures that it names.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.image.iter().map(String::as_str)
    }
}

impl Definition {
    /// What is wrong with it: place and reason.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, &'static str)> {
        let mut problems = Vec::new();
        named(&mut problems, "/name", &self.name);
        for (place, text) in [("/description", &self.description), ("/criteria", &self.criteria)] {
            named(&mut problems, place, text);
            bounded(&mut problems, place, text, MAX_TEXT);
        }
        web(&mut problems, "/criteria_url", self.criteria_url.as_ref());
        image(&mut problems, "/image", self.image.as_deref());
        if self.alignment.len() > MAX_ALIGNMENTS {
            problems.push(("/alignment".to_owned(), "there are more than twenty"));
        }
        for (at, one) in self.alignment.iter().enumerate() {
            let place = |field: &str| format!("/alignment/{at}/{field}");
            named(&mut problems, &place("name"), &one.name);
            web(&mut problems, &place("url"), Some(&one.url));
            let texts = [("framework", &one.framework, MAX_NAME), ("code", &one.code, MAX_NAME)];
            for (field, text, max) in texts.into_iter().chain([("description", &one.description, MAX_TEXT)]) {
                if let Some(text) = text {
                    bounded(&mut problems, &place(field), text, max);
                }
            }
        }
        if self.signatories.len() > MAX_SIGNATORIES {
            problems.push(("/signatories".to_owned(), "there are more than three"));
        }
        for (at, signatory) in self.signatories.iter().enumerate() {
            named(&mut problems, &format!("/signatories/{at}/name"), &signatory.name);
            if let Some(title) = &signatory.title {
                bounded(&mut problems, &format!("/signatories/{at}/title"), title, MAX_NAME);
            }
            image(&mut problems, &format!("/signatories/{at}/signature"), signatory.signature.as_deref());
        }
        if self.valid_days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            problems.push(("/valid_days".to_owned(), "it is 1 to 36,525"));
        }
        if self.not_before.is_some_and(|at| !(1970..=9_000).contains(&at.year())) {
            problems.push(("/not_before".to_owned(), "it is of the years 1970 to 9000"));
        }
        if self.hours.is_some_and(|hours| !(1..=100_000).contains(&hours)) {
            problems.push(("/hours".to_owned(), "it is 1 to 100,000"));
        }
        problems
    }

    /// The pictures that it names.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let signatures = self.signatories.iter().filter_map(|signatory| signatory.signature.as_deref());
        self.image.iter().map(String::as_str).chain(signatures)
    }
}

type Problems = Vec<(String, &'static str)>;

fn named(problems: &mut Problems, place: &str, text: &Text) {
    if text.as_str().trim().is_empty() {
        problems.push((place.to_owned(), "it is empty"));
    }
    if place.ends_with("/name") {
        bounded(problems, place, text, MAX_NAME);
    }
}

fn bounded(problems: &mut Problems, place: &str, text: &Text, max: usize) {
    if text.as_str().chars().count() > max {
        problems.push((place.to_owned(), "it is too long"));
    }
}

fn web(problems: &mut Problems, place: &str, uri: Option<&Uri>) {
    let is_web = |uri: &Uri| ["https://", "http://"].iter().any(|scheme| uri.as_str().starts_with(scheme));
    if uri.is_some_and(|uri| !is_web(uri)) {
        problems.push((place.to_owned(), "it is an http or https address"));
    }
}

fn image(problems: &mut Problems, place: &str, digest: Option<&str>) {
    let is_digest = |text: &str| {
        text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        problems.push((place.to_owned(), "it is a SHA-256 digest in hexadecimal"));
    }
}
