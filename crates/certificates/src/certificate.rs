use chrono::NaiveDate;

use crate::{Language, Picture};

/// What a certificate says. Texts may hold anything: they are cleaned, escaped and made to fit.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Whose it is.
    pub learner: String,
    /// Of the path.
    pub title: String,
    /// What the path is, in a sentence or two.
    pub description: Option<String>,
    /// Who issues it.
    pub organisation: String,
    /// Theirs.
    pub logo: Option<Picture>,
    /// The day of the award, which stays the same when it is issued again; also the date of the PDF.
    pub awarded: NaiveDate,
    /// The last day on which it is valid.
    pub expires: Option<NaiveDate>,
    /// From 0 to 1.
    pub grade: Option<f64>,
    /// Hours of study.
    pub hours: Option<f64>,
    /// Whether it is awarded by decision of who issues it, and not for a completion.
    pub by_decision: bool,
    /// What counted, in the order in which it is listed.
    pub courses: Vec<Course>,
    /// Who signs, at most three of whom our designs have room for.
    pub signatories: Vec<Signatory>,
    /// Where anyone sees whether it still holds; also in the QR code, so at most 100 characters are good.
    pub verify_url: String,
    /// The credential's id.
    pub credential_id: String,
    /// The language of the words around these.
    pub language: Language,
    /// The signed credential, attached as it is under the name `credential.json`.
    pub credential: Option<Vec<u8>>,
}

/// One line of a transcript.
#[derive(Debug, Clone)]
pub struct Course {
    /// Of the course.
    pub title: String,
    /// When it was completed.
    pub completed: Option<NaiveDate>,
    /// From 0 to 1.
    pub grade: Option<f64>,
}

/// One who signs.
#[derive(Debug, Clone)]
pub struct Signatory {
    /// Of the person.
    pub name: String,
    /// What they are there.
    pub title: Option<String>,
    /// Where they are that.
    pub organisation: Option<String>,
    /// Their signature.
    pub signature: Option<Picture>,
}
