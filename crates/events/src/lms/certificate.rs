//! `org.openedx.learning.certificate.{created,changed,revoked}.v1`.

use lp_domain::{ContextKey, Ratio};

use super::Profile;
use crate::fields::Fields;
use crate::poison::Poison;

/// Which of the three events it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateAction {
    /// Saved with an earned status; repeated with each such save.
    Created,
    /// Saved, whatever the status.
    Changed,
    /// Taken back; also sent for one that was never had.
    Revoked,
}

/// A course certificate as it was saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Which event it is.
    pub action: CertificateAction,
    /// The learner.
    pub user: Profile,
    /// The course run.
    pub course: ContextKey,
    /// The LMS's word (`downloadable`, `notpassing`, …); one that we do not know is carried as it is.
    pub status: String,
    /// The enrolment mode of the certificate; one that we do not know is carried as it is.
    pub mode: String,
    /// The grade, if the event's text is a decimal from 0 to 1: at most five characters, often empty.
    pub grade: Option<Ratio>,
}

impl Certificate {
    pub(super) fn parse(datum: &mut Fields<'_>, action: CertificateAction) -> Result<Self, Poison> {
        let mut certificate = datum.record("certificate")?;
        Ok(Self {
            action,
            user: Profile::parse(&mut certificate, "user")?,
            course: certificate.record("course")?.course("course_key")?,
            status: certificate.word("current_status")?,
            mode: certificate.string("mode")?,
            grade: decimal(certificate.text("grade")?),
        })
    }

    /// The grade as a fact: only of a `created` event, where the LMS has just graded. With the other two it
    /// is whatever the row held, and would overwrite a newer grade.
    pub(super) fn earned_grade(&self) -> Option<Ratio> {
        if self.action == CertificateAction::Created { self.grade } else { None }
    }
}

/// A plain decimal; `1e-1`, `inf`, `NaN` and a letter grade are unknown, which is not zero.
fn decimal(text: &str) -> Option<Ratio> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| text.parse().ok()).flatten().and_then(|value: f64| Ratio::try_from(value).ok())
}
