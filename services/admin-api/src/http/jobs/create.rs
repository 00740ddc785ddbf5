//! `POST /api/v1/jobs`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::{Permission, Problem, Query, Target, Upload};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::jobs::{self as store, Job, NewJob};
use lp_progress_store::{Again, Wish};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::body::JobBody;
use super::row::{Defaults, Rows, read};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{Refusals, address};
use crate::http::state::{AdminState, no_lms};

/// What holds for all rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobParameters {
    /// The run of rows that name none.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// What is asked by rows that do not say it.
    #[serde(default)]
    action: Action,
    /// Whether only to say what would become of each row.
    #[serde(default)]
    dry_run: bool,
    /// Whether to enrol whoever is in a run by it in the courses too that the run requires, at the LMS.
    #[serde(default)]
    courses: bool,
    /// For the audit log.
    #[serde(default)]
    #[param(max_length = 1000)]
    reason: Option<String>,
}

/// What may be asked of an enrolment.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// That the learner is in; whoever had left goes on where they were.
    #[default]
    Enrol,
    /// That the learner is in; whoever had left begins another attempt.
    EnrolAfresh,
    /// That the learner is kept out for a while.
    Suspend,
    /// That a suspended learner is let in again.
    Resume,
    /// That the learner is out.
    Withdraw,
}

impl From<Action> for Wish {
    fn from(action: Action) -> Self {
        match action {
            Action::Enrol => Self::Enrol(Again::Resumed),
            Action::EnrolAfresh => Self::Enrol(Again::Afresh),
            Action::Suspend => Self::Suspend,
            Action::Resume => Self::Resume,
            Action::Withdraw => Self::Withdraw,
        }
    }
}

struct Stage(NewJob);

impl Change for Stage {
    type Done = Option<Job>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Option<Job>, AuthoringError> {
        store::create_job(conn, by, &self.0).await?;
        Ok(store::get_job(conn, None, self.0.job_id).await?)
    }
}

/// Takes up to 100,000 rows in, to be done one after the other: it answers at once, and what became of each row can be read
/// while the job runs. Whoever asks must manage the runs of all rows.
#[utoipa::path(
    post,
    path = "/api/v1/jobs",
    tag = "jobs",
    params(
        JobParameters,
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body(
        description = "A JSON document, a row a line, or a table whose first line names its columns.",
        content(
            (Rows = "application/json"),
            (String = "application/x-ndjson", example = "{\"user_id\": 1001}\n{\"email\": \"learner@example.com\"}\n"),
            (String = "text/csv", example = "user_id,action\n1001,enrol\n1002,withdraw\n")
        )
    ),
    responses(
        (status = 201, description = "The job.", body = JobBody,
         headers(("location" = String, description = "Where to see how far it is."))),
        Refusals,
    )
)]
pub(crate) async fn create_job(
    State(state): State<AdminState>,
    asked: Asked,
    Query(parameters): Query<JobParameters>,
    upload: Upload,
) -> Result<Made, Problem> {
    asked.caller.reach(Permission::ManageEnrolments).await?;
    let JobParameters { run_key: run, action, dry_run, courses, reason } = parameters;
    if courses && state.calls_per_minute.is_none() {
        return Err(no_lms());
    }
    let rows = read(&upload, &Defaults { run, wish: action.into() })?;
    let job = NewJob { job_id: Uuid::now_v7(), dry_run, into_courses: courses, rows };
    stage(asked, Permission::ManageEnrolments, &upload, reason, job).await
}

/// Takes a job in whose caller may do this to the organisations of all rows.
pub(in crate::http) async fn stage(
    asked: Asked,
    permission: Permission,
    upload: &Upload,
    reason: Option<String>,
    job: NewJob,
) -> Result<Made, Problem> {
    let orgs = job.orgs();
    if orgs.is_empty() {
        return Err(Problem::unprocessable("no row says what to do for whom"));
    }
    for org in &orgs {
        asked.caller.require(permission, org.as_deref().map_or(Target::Platform, Target::Org)).await?;
    }
    let digest = hex::encode(Sha256::digest(&upload.bytes));
    let made = |job: Option<Job>| {
        let location = job.as_ref().map(|job| address(&["jobs", &job.job_id.to_string()]));
        Ok(Made { location, etag: None, body: serde_json::to_value(job.map(JobBody::from))? })
    };
    asked.make(reason, &digest, Stage(job), made).await
}
