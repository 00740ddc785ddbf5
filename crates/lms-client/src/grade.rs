use lp_domain::Ratio;
use opaque_keys::CourseKey;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::call::Access;
use crate::course::encoded;
use crate::enrolment::is_username;
use crate::http::{Answer, Request, is_of};
use crate::{Lms, LmsError, Seen};

/// A learner's grade in a course run. The LMS tells no time of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseGrade {
    /// Whether it passes.
    pub is_passing: bool,
    /// The grade, 0 to 1.
    pub grade: Ratio,
}

/// What the LMS says of a learner's grade.
#[derive(Debug, Clone, PartialEq)]
pub enum GradeTold {
    /// The grade; 0 where the learner has done nothing yet.
    Grade(CourseGrade),
    /// The learner is not in the course now. Says nothing of a grade that they may have had.
    NotEnrolled,
    /// Nobody has this name: the learner was renamed or retired, or never was there.
    NoAccount,
}

#[derive(Deserialize)]
struct Row {
    username: String,
    course_id: String,
    passed: bool,
    percent: Ratio,
}

impl Lms {
    /// A learner's grade in a course run as the LMS has it now.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use: also when it is of another learner or course.
    pub async fn grade(&self, username: &str, course: &CourseKey) -> Result<Seen<GradeTold>, LmsError> {
        if !is_username(username) {
            return Ok(Seen::now(GradeTold::NoAccount));
        }
        // Without the final slash it is another address.
        let request = Request::get("grade", format!("/api/grades/v1/courses/{}/", encoded(course)))
            .with("username", username.to_owned());
        // Whether this view counts with those of enrolment is not known, so that it is counted.
        let answer = self.0.calls.send(Access::Throttled, &request).await?;
        Ok(Seen { asked_at: answer.asked_at, told: read(&answer, username, course)? })
    }
}

fn read(answer: &Answer, username: &str, course: &CourseKey) -> Result<GradeTold, LmsError> {
    match answer.status {
        StatusCode::OK => {
            let rows: Vec<Row> = answer.json()?;
            let [row] = rows.as_slice() else { return Err(answer.unexpected("not one grade")) };
            if !is_of((&row.username, &row.course_id), (username, course)) {
                return Err(answer.unexpected("of another learner or course"));
            }
            Ok(GradeTold::Grade(CourseGrade { is_passing: row.passed, grade: row.percent }))
        }
        StatusCode::NOT_FOUND if !answer.is_page => match answer.missing()?.as_str() {
            "user_not_enrolled" => Ok(GradeTold::NotEnrolled),
            "user_does_not_exist" => Ok(GradeTold::NoAccount),
            _ => Err(answer.unexpected("missing for another reason")),
        },
        _ => Err(answer.refused()),
    }
}
