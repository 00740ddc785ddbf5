use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lp_progress_store::jobs::{CourseProgress, Job, JobCourse, JobRow, JobState, Outcomes};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Changes of many enrolments, or facts recorded of many people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobBody {
    /// Its id.
    job_id: Uuid,
    /// Where it stands.
    state: State,
    /// Whether it only says what would become of each row. Each row is looked at by itself: a person who is named twice would
    /// be enrolled twice.
    dry_run: bool,
    /// Who asked for it, as the audit log has it.
    actor: String,
    /// Why.
    reason: Option<String>,
    /// The organisations that it concerns.
    orgs: Vec<String>,
    /// How many rows it has.
    total_rows: u32,
    /// How many are done.
    done_rows: u32,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    ended_at: Option<DateTime<Utc>>,
}

/// How far a job is with the courses of its learners.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Courses {
    /// Pairs of learner and course, by now: there are more as long as rows wait.
    total: i64,
    /// Those of which the LMS has said what became.
    done: i64,
    /// Of these, how many had each outcome: `enrolled`, `already_enrolled`, `invited`; or why not: `closed`, `invitation_only`,
    /// `full_or_refused`, `mode_not_offered`, `unknown_learner`, `unknown_course`, `refused`, `embargoed`, `failed`.
    outcomes: BTreeMap<String, i64>,
    /// How often the LMS is called.
    calls_per_minute: u32,
    /// How long the others may take, at two calls each and if no other job waits; where the site has bulk enrolment, far less.
    seconds_left: i64,
}

impl Courses {
    pub(super) fn new(progress: CourseProgress, calls_per_minute: u32) -> Self {
        let CourseProgress { total, done, outcomes } = progress;
        let calls = (total - done) * 2;
        Self {
            total,
            done,
            outcomes: outcomes.into_iter().collect(),
            calls_per_minute,
            seconds_left: calls * 60 / i64::from(calls_per_minute.max(1)),
        }
    }
}

/// Where a job stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobState)]
enum State {
    /// Nothing was done yet.
    Waiting,
    /// Some rows are done.
    Running,
    /// All rows are done.
    Done,
    /// Somebody ended it; the rows done by then stay done.
    Cancelled,
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        Self {
            job_id: job.job_id,
            state: match job.state {
                JobState::Waiting => State::Waiting,
                JobState::Running => State::Running,
                JobState::Done => State::Done,
                JobState::Cancelled => State::Cancelled,
            },
            dry_run: job.dry_run,
            actor: job.actor,
            reason: job.reason,
            orgs: job.orgs,
            total_rows: job.total_rows,
            done_rows: job.done_rows,
            created_at: job.created_at,
            ended_at: job.ended_at,
        }
    }
}

/// A job, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobDetail {
    #[serde(flatten)]
    job: JobBody,
    /// How many rows had each outcome by now: `enrolled`, `suspended`, `resumed`, `withdrawn`, `invited`, `unchanged`, `recorded`; or why
    /// nothing was done: `invalid`, `unknown_run`, `unknown_learner`, `ambiguous`, `merged`, `archived`, `not_enrolled`,
    /// `has_left`, `not_again`.
    outcomes: BTreeMap<String, i64>,
    /// How far it is with courses; null where none are asked for.
    courses: Option<Courses>,
}

impl JobDetail {
    pub(super) fn new(job: Job, outcomes: Outcomes, courses: Option<Courses>) -> Self {
        Self { job: job.into(), outcomes: outcomes.into_iter().collect(), courses }
    }
}

/// A row that is done, or was cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobRow)]
pub(crate) struct JobRowBody {
    /// Its place among the rows, from 1.
    row: u32,
    /// What became of it, as in the job's `outcomes`; `cancelled` where its turn never came.
    #[schema(example = "enrolled")]
    outcome: String,
    /// What more there is to say.
    detail: Option<String>,
    /// The run; null where the row could not be read.
    run_key: Option<String>,
    /// What a fact is about.
    context_key: Option<String>,
    /// What was asked; `record` of a fact.
    action: Option<String>,
    /// The learner, by LMS user id, once it is known.
    user_id: Option<i64>,
    /// The invitation of somebody who has no account yet.
    invitation_id: Option<Uuid>,
}

impl From<JobRow> for JobRowBody {
    fn from(row: JobRow) -> Self {
        Self {
            row: row.row_number,
            outcome: row.outcome,
            detail: row.detail,
            run_key: row.run_key,
            context_key: row.context_key,
            action: row.action,
            user_id: row.learner_id,
            invitation_id: row.invitation_id,
        }
    }
}

/// A learner in a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobCourse)]
pub(crate) struct JobCourseBody {
    /// LMS user id.
    user_id: i64,
    /// The course run.
    #[schema(example = "course-v1:OpenedX+SQL101+2026")]
    course_key: String,
    /// The run because of which.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: String,
    /// What became of it, as in the job's `courses`; null as long as the LMS has not said; `cancelled` where it was never asked.
    outcome: Option<String>,
}

impl From<JobCourse> for JobCourseBody {
    fn from(one: JobCourse) -> Self {
        let JobCourse { learner_id, context_key, run_key, outcome } = one;
        Self { user_id: learner_id, course_key: context_key, run_key, outcome }
    }
}
