use chrono::{DateTime, Utc};

use crate::{Language, Status, WebUrl};

/// All that a verify page shows. Texts may hold anything; what is `None`, and a list without entries, is not shown.
///
/// It has no `Debug`: it may hold a name.
#[derive(Clone, PartialEq)]
pub struct VerifyPage {
    /// The language of the page, from [`Language::choose`].
    pub language: Language,
    /// The languages to choose from.
    pub offered: Vec<Language>,
    /// How the credential stands.
    pub status: Status,
    /// Whose it is; `None` when the learner hides it.
    pub learner: Option<String>,
    /// Of the path.
    pub title: String,
    /// What the path is, as plain text.
    pub description: Option<String>,
    /// What it takes, in Markdown.
    pub criteria: Option<String>,
    /// Where that is told at length.
    pub criteria_url: Option<WebUrl>,
    /// Who awards it.
    pub issuer: Issuer,
    /// When it was awarded first, whatever has been issued again since.
    pub awarded_at: DateTime<Utc>,
    /// The first instant at which it is valid; shown where it is of another day (UTC) than the award.
    pub valid_from: Option<DateTime<Utc>>,
    /// The first instant at which it no longer is.
    pub valid_until: Option<DateTime<Utc>>,
    /// From 0 to 1.
    pub grade: Option<f64>,
    /// Hours of study.
    pub hours: Option<f64>,
    /// What counted, in the order in which it is listed.
    pub courses: Vec<Course>,
    /// What it stands for elsewhere.
    pub alignments: Vec<Alignment>,
    /// Who signs.
    pub signatories: Vec<Signatory>,
    /// Its id.
    pub credential_id: String,
    /// Where all of it is.
    pub links: Links,
}

/// Who awards a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Its site.
    pub url: Option<WebUrl>,
    /// Its logo.
    pub image: Option<WebUrl>,
}

/// A course that counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Its title.
    pub title: String,
    /// From 0 to 1.
    pub grade: Option<f64>,
}

/// Something elsewhere that a credential stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Its name.
    pub name: String,
    /// Its page.
    pub url: Option<WebUrl>,
    /// The framework that it is of.
    pub framework: Option<String>,
    /// What it is known by there.
    pub code: Option<String>,
    /// What it is, as plain text.
    pub description: Option<String>,
}

/// One who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatory {
    /// Of the person.
    pub name: String,
    /// What they are there.
    pub title: Option<String>,
    /// Where they are that.
    pub organisation: Option<String>,
    /// A picture of their signature.
    pub signature: Option<WebUrl>,
}

/// Where the credential and what proves it are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// This page, without a language.
    pub page: WebUrl,
    /// The signed credential.
    pub json: Option<WebUrl>,
    /// The certificate.
    pub pdf: Option<WebUrl>,
    /// The badge with the credential in it.
    pub png: Option<WebUrl>,
    /// The same as SVG.
    pub svg: Option<WebUrl>,
    /// What is achieved, the same for everybody.
    pub achievement: Option<WebUrl>,
    /// The picture that is shown where this page is shared.
    pub picture: Option<WebUrl>,
    /// The status list that tells of revocation.
    pub status_list: Option<WebUrl>,
    /// The issuer's `did.json`.
    pub did: WebUrl,
}
