//! What templates are filled in with: a certificate's values as clean texts.

use chrono::NaiveDate;
use serde::Serialize;

use crate::qr::Qr;
use crate::text::clean;
use crate::words::Words;
use crate::{Certificate, Course, DrawError, Language, Picture, Signatory};

/// Of names and titles, in graphemes.
const NAME: usize = 300;
/// Of descriptions, in graphemes.
const DESCRIPTION: usize = 1200;

/// All that a template may ask for. Absent values are `none`.
#[derive(Debug, Serialize)]
pub(crate) struct Values {
    pub(crate) language: &'static str,
    pub(crate) rtl: bool,
    pub(crate) words: Words,
    pub(crate) learner: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) organisation: String,
    /// The name of an image, as is `signature`.
    pub(crate) logo: Option<&'static str>,
    pub(crate) awarded: String,
    pub(crate) expires: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) hours: Option<String>,
    /// Those of this page.
    pub(crate) courses: Vec<Row>,
    pub(crate) signatories: Vec<Signer>,
    pub(crate) verify_url: String,
    pub(crate) credential_id: String,
    pub(crate) qr: Qr,
    /// From 1.
    pub(crate) page: usize,
    pub(crate) pages: usize,
    pub(crate) page_width: f32,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    title: String,
    completed: Option<String>,
    grade: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Signer {
    name: String,
    title: Option<String>,
    organisation: Option<String>,
    signature: Option<String>,
}

impl Values {
    /// The values of a certificate's first page, with all its courses.
    pub(crate) fn new(certificate: &Certificate) -> Result<Self, DrawError> {
        let language = certificate.language;
        let mut words = language.words().clone();
        if certificate.by_decision {
            // In the place of the other, so that an operator's own design says it too.
            words.for_completing = words.by_decision;
        }
        let verify_url = clean(&certificate.verify_url, usize::MAX);
        Ok(Self {
            language: language.tag(),
            rtl: language.is_rtl(),
            words,
            learner: clean(&certificate.learner, NAME),
            title: clean(&certificate.title, NAME),
            description: certificate.description.as_deref().and_then(|text| some(text, DESCRIPTION)),
            organisation: clean(&certificate.organisation, NAME),
            logo: certificate.logo.as_ref().map(|_| LOGO),
            awarded: language.date(certificate.awarded),
            expires: certificate.expires.map(|date| language.date(date)),
            grade: certificate.grade.map(|grade| language.percent(grade)),
            hours: certificate.hours.map(|hours| language.number(hours)),
            courses: certificate.courses.iter().map(|course| row(course, language)).collect(),
            signatories: certificate.signatories.iter().enumerate().map(signer).collect(),
            qr: Qr::new(&verify_url)?,
            verify_url,
            credential_id: clean(&certificate.credential_id, NAME),
            page: 1,
            pages: 1,
            page_width: 0.0,
        })
    }
}

fn row(course: &Course, language: Language) -> Row {
    Row {
        title: clean(&course.title, NAME),
        completed: course.completed.map(|date: NaiveDate| language.date(date)),
        grade: course.grade.map(|grade| language.percent(grade)),
    }
}

fn signer((at, signatory): (usize, &Signatory)) -> Signer {
    Signer {
        name: clean(&signatory.name, NAME),
        title: signatory.title.as_deref().and_then(|text| some(text, NAME)),
        organisation: signatory.organisation.as_deref().and_then(|text| some(text, NAME)),
        signature: signatory.signature.as_ref().map(|_| format!("{SIGNATURE}{at}")),
    }
}

fn some(text: &str, max: usize) -> Option<String> {
    Some(clean(text, max)).filter(|text| !text.is_empty())
}

const LOGO: &str = "logo";
const SIGNATURE: &str = "signature-";

/// The image that a template calls by a name.
pub(crate) fn image<'a>(certificate: &'a Certificate, name: &str) -> Option<&'a Picture> {
    if name == LOGO {
        return certificate.logo.as_ref();
    }
    let at: usize = name.strip_prefix(SIGNATURE)?.parse().ok()?;
    certificate.signatories.get(at)?.signature.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_was_awarded_by_decision_is_not_said_to_be_completed() {
        for completed in sample::all() {
            let decided = Certificate { by_decision: true, ..completed.clone() };
            let said = |certificate| Values::new(certificate).unwrap().words.for_completing;
            assert_eq!(said(&completed), completed.language.words().for_completing);
            assert_eq!(said(&decided), completed.language.words().by_decision);
            assert_ne!(said(&completed), said(&decided));
        }
    }
}
