use lp_domain::{ContextKey, Fact, Timestamp};
use lp_events::Profile;
use lp_events::lms::CourseInfo;
use uuid::Uuid;

use crate::claims::Claim;

/// What a batch of events tells, in any order and with repetitions.
#[derive(Debug, Clone, Default)]
pub struct Tellings {
    /// Facts about learners.
    pub facts: Vec<FactTelling>,
    /// Learners' names.
    pub profiles: Vec<ProfileTelling>,
    /// Titles and dates of courses.
    pub courses: Vec<CourseTelling>,
    /// Courses that were rerun.
    pub reruns: Vec<RerunTelling>,
}

/// A fact and where it came from.
#[derive(Debug, Clone)]
pub struct FactTelling {
    /// The fact.
    pub fact: Fact,
    /// The place of its message within the batch, to name it when its event id was used for something else.
    pub message: usize,
    /// The trace that it carries on.
    pub traceparent: Option<String>,
}

/// A learner's names as of an event; the newest hold.
#[derive(Debug, Clone)]
pub struct ProfileTelling {
    /// The names.
    pub profile: Profile,
    /// What the learner may be invited by: their e-mail address, once it is verified.
    pub claim: Option<Claim>,
    /// `ce_time`.
    pub at: Timestamp,
    /// `ce_id`.
    pub id: Uuid,
}

/// A course run that was made from another run of the same course.
#[derive(Debug, Clone)]
pub struct RerunTelling {
    /// The new one.
    pub course: ContextKey,
    /// `ce_time`.
    pub at: Timestamp,
    /// `ce_id`.
    pub id: Uuid,
}

/// A course's title and dates as of an event; the newest hold.
#[derive(Debug, Clone)]
pub struct CourseTelling {
    /// The title and dates.
    pub course: CourseInfo,
    /// `ce_time`.
    pub at: Timestamp,
    /// `ce_id`.
    pub id: Uuid,
}
