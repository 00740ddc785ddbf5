use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lp_progress_store::jobs::{Job, JobRow, JobState, Outcomes};
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
    /// nothing was done: `invalid`, `unknown_run`, `unknown_learner`, `ambiguous`, `archived`, `not_enrolled`, `has_left`.
    outcomes: BTreeMap<String, i64>,
}

impl From<(Job, Outcomes)> for JobDetail {
    fn from((job, outcomes): (Job, Outcomes)) -> Self {
        Self { job: job.into(), outcomes: outcomes.into_iter().collect() }
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
