use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::by_hand::Wish;
use crate::store::jobs::{self as store, Job, JobRow, JobState, Outcomes};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CredentialJobAction)]
pub(crate) enum Action {
    /// Gives awards by hand, for which credentials are issued.
    Issue,
    /// Takes credentials back, for good.
    Revoke,
    /// Takes credentials back for now.
    Suspend,
    /// Gives suspended credentials back to what their awards say.
    Reinstate,
    /// Has credentials signed anew, with what their learners are called by now.
    Reissue,
}

impl From<Action> for store::Action {
    fn from(action: Action) -> Self {
        match action {
            Action::Issue => Self::Issue,
            Action::Revoke => Self::Change(Wish::Revoke),
            Action::Suspend => Self::Change(Wish::Suspend),
            Action::Reinstate => Self::Change(Wish::Reinstate),
            Action::Reissue => Self::Change(Wish::Reissue),
        }
    }
}

impl From<store::Action> for Action {
    fn from(action: store::Action) -> Self {
        match action {
            store::Action::Issue => Self::Issue,
            store::Action::Change(Wish::Revoke) => Self::Revoke,
            store::Action::Change(Wish::Suspend) => Self::Suspend,
            store::Action::Change(Wish::Reinstate) => Self::Reinstate,
            store::Action::Change(Wish::Reissue) => Self::Reissue,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CredentialJobState)]
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

/// A change of many credentials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CredentialJob)]
pub(crate) struct JobBody {
    /// Its id.
    pub(super) job_id: Uuid,
    /// What it does.
    action: Action,
    /// Where it stands.
    state: State,
    /// Whether it only says what would become of each row.
    dry_run: bool,
    /// Who asked for it, as the audit log has it.
    actor: String,
    /// Why.
    reason: String,
    /// The organisation of all its rows.
    org: String,
    /// How many rows it has.
    total_rows: u32,
    /// How many are done.
    done_rows: u32,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    ended_at: Option<DateTime<Utc>>,
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        Self {
            job_id: job.job_id,
            action: job.action.into(),
            state: match job.state {
                JobState::Waiting => State::Waiting,
                JobState::Running => State::Running,
                JobState::Done => State::Done,
                JobState::Cancelled => State::Cancelled,
            },
            dry_run: job.dry_run,
            actor: job.actor,
            reason: job.reason,
            org: job.org,
            total_rows: job.total_rows,
            done_rows: job.done_rows,
            created_at: job.created_at,
            ended_at: job.ended_at,
        }
    }
}

/// A job, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CredentialJobDetail)]
pub(crate) struct JobDetail {
    #[serde(flatten)]
    job: JobBody,
    /// How many rows had each outcome by now: `done`, `unchanged` or `refused`.
    outcomes: BTreeMap<String, i64>,
}

impl JobDetail {
    pub(super) fn new(job: Job, outcomes: Outcomes) -> Self {
        Self { job: job.into(), outcomes: outcomes.into_iter().collect() }
    }
}

/// A row that is done, or was cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CredentialJobRow)]
pub(crate) struct JobRowBody {
    /// Its place among the rows, from 1.
    row: u32,
    /// What became of it: `done`; `unchanged`, as it was so already; `refused`; `cancelled`, as its turn never came.
    #[schema(example = "done")]
    outcome: String,
    /// Why it was refused.
    detail: Option<String>,
    /// The credential that was to be changed.
    credential_id: Option<Uuid>,
    /// Who was to be given an award, by LMS user id.
    learner_id: Option<i64>,
    /// Of which run.
    run_key: Option<String>,
    /// The award that was given.
    award_id: Option<Uuid>,
}

impl From<JobRow> for JobRowBody {
    fn from(row: JobRow) -> Self {
        Self {
            row: row.row_number,
            outcome: row.outcome,
            detail: row.detail,
            credential_id: row.credential_id,
            learner_id: row.learner_id,
            run_key: row.run_key,
            award_id: row.award_id,
        }
    }
}
