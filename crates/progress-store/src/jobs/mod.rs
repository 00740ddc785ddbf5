//! Changes of many enrolments, and facts recorded of many people: rows that are done whatever crashes, a portion a transaction.

mod courses;
mod done;
mod read;
mod stage;
mod work;

pub use courses::{
    CourseProgress, JobCourse, Said, Wanted, WantedLearner, course_progress, job_courses, next_course, said,
};
pub use read::{Job, JobRow, JobState, Outcomes, get_job, job_rows, list_jobs, outcomes};
pub use stage::{NewJob, NewRow, Task, create_job};
pub use work::{Worked, cancel_job, postpone_job, work_on_a_job};

/// The most rows of a job.
pub const MAX_ROWS: usize = 100_000;

/// The outcome of a row that says nothing that could be done; its detail says why.
const INVALID: &str = "invalid";
/// The outcome of a row whose job was cancelled before its turn.
const CANCELLED: &str = "cancelled";

/// What a row asks that records a fact.
const RECORD: &str = "record";

/// The organisation that a job's audit rows belong to: the only one that it concerns, if there is but one.
fn only(orgs: &[String]) -> Option<&str> {
    if let [org] = orgs { Some(org) } else { None }
}

/// What the audit log calls a job.
fn target(job_id: uuid::Uuid) -> String {
    format!("job:{job_id}")
}
