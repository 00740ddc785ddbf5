use opaque_keys::CourseKey;
use percent_encoding::utf8_percent_encode;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::call::Access;
use crate::course::encoded;
use crate::enrolment::{IN_NAMES, is_username};
use crate::http::{Answer, Request, is_of};
use crate::{Lms, LmsError, Seen};

/// A learner's certificate of a course run. The LMS tells no time of its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `downloadable`, `notpassing`, `unavailable`, ….
    pub status: String,
    /// The slug of the mode it is of: `honor`, `verified`, ….
    pub mode: String,
    /// Whether its status is one of those who passed.
    pub is_passing: bool,
}

/// What the LMS says of a learner's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateTold {
    /// The certificate, whatever its status.
    Certificate(Certificate),
    /// There is none; also when nobody has this name.
    None,
    /// The course gives no certificates.
    NotGiven,
}

#[derive(Deserialize)]
struct Row {
    username: String,
    course_id: String,
    certificate_type: String,
    status: String,
    is_passing: bool,
}

impl Lms {
    /// A learner's certificate of a course run as the LMS has it now. The list of a learner's certificates would hide those
    /// that are not passing.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use: also when it is of another learner or course.
    pub async fn certificate(
        &self,
        username: &str,
        course: &CourseKey,
    ) -> Result<Seen<CertificateTold>, LmsError> {
        if !is_username(username) {
            return Ok(Seen::now(CertificateTold::None));
        }
        let name = utf8_percent_encode(username, IN_NAMES);
        // Without the final slash it is another address.
        let path = format!("/api/certificates/v0/certificates/{name}/courses/{}/", encoded(course));
        // Whether this view counts with those of enrolment is not known, so that it is counted.
        let answer = self.0.calls.send(Access::Throttled, &Request::get("certificate", path)).await?;
        Ok(Seen { asked_at: answer.asked_at, told: read(&answer, username, course)? })
    }
}

fn read(answer: &Answer, username: &str, course: &CourseKey) -> Result<CertificateTold, LmsError> {
    match answer.status {
        StatusCode::OK => {
            let row: Row = answer.json()?;
            if !is_of((&row.username, &row.course_id), (username, course)) {
                return Err(answer.unexpected("of another learner or course"));
            }
            let Row { certificate_type: mode, status, is_passing, .. } = row;
            Ok(CertificateTold::Certificate(Certificate { status, mode, is_passing }))
        }
        StatusCode::NOT_FOUND if !answer.is_page => match answer.missing()?.as_str() {
            "no_certificate_for_user" => Ok(CertificateTold::None),
            "no_certificate_configuration_for_course" => Ok(CertificateTold::NotGiven),
            _ => Err(answer.unexpected("missing for another reason")),
        },
        _ => Err(answer.refused()),
    }
}
