//! `POST /api/v1/credential-jobs`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use lp_domain::{LearnerId, Ratio, RunKey, Timestamp};
use lp_http::conditional::{idempotency_key, other_request};
use lp_http::problem::Kind;
use lp_http::{Json, Problem, Query};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Action, JobBody};
use super::wanted::wanted;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals, reason};
use crate::http::credentials::Status;
use crate::http::state::CredentialsState;
use crate::store::issuing::audit::By;
use crate::store::jobs::{Job, NewJob, Staged, create_job as stage, get_job};

/// What is to be done, for which reason, to what or whom: exactly one of `credential_ids`, `run_key` and `rows`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCredentialJob)]
pub(crate) struct NewJobBody {
    /// What is to be done.
    pub(super) action: Action,
    /// Why, for the audit log; the reason of a revocation is shown to everybody. No names of learners.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Whether only to say what would become of each row.
    #[serde(default)]
    dry_run: bool,
    /// These credentials, all of one organisation; not with `issue`.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub(super) credential_ids: Option<Vec<Uuid>>,
    /// All credentials of this run that are there now. With `issue` the run of `rows` that name none.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    pub(super) run_key: Option<RunKey>,
    /// Of the run's credentials those that stand so only.
    #[serde(default)]
    pub(super) status: Option<Status>,
    /// Who is to be given what, with `issue`: runs of one organisation.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub(super) rows: Option<Vec<NewAward>>,
}

/// An award by hand. What the learner is called is known from events, or given one by one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAward {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    pub(super) learner_id: LearnerId,
    /// The path run; the request's when not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    pub(super) run_key: Option<RunKey>,
    /// The revision of the run that it is as good as, from 1.
    #[schema(minimum = 1)]
    pub(super) revision: u32,
    /// As of when; now when not given, and never in the future.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) awarded_at: Option<Timestamp>,
    /// 0 to 1, if there is one.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    pub(super) grade: Option<Ratio>,
}

struct Stage(NewJob);

impl Change for Stage {
    type Done = Job;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<Job, Problem> {
        let database = |error: sqlx::Error| Problem::database(&error);
        let job_id = match stage(conn, by, &self.0).await.map_err(database)? {
            Staged::Made(job_id) | Staged::Already(job_id) => job_id,
            Staged::OtherRequest => return Err(other_request()),
            Staged::Nothing => return Err(Problem::unprocessable("there is nothing to be done")),
        };
        let job = get_job(conn, None, job_id).await.map_err(database)?;
        job.ok_or_else(|| Problem::new(Kind::Internal))
    }
}

/// Takes in what is to be done to many credentials, one after the other: it answers at once, and what became of each row can be read
/// while the job runs. All of it is of one organisation, whose credentials the caller must manage, or nothing is taken in.
#[utoipa::path(
    post,
    path = "/api/v1/credential-jobs",
    tag = "jobs",
    params(("idempotency-key" = Option<String>, Header,
         description = "Sent again with the same, it is answered with the job that there is.")),
    request_body = NewJobBody,
    responses(
        (status = 201, description = "The job.", body = JobBody,
         headers(("location" = String, description = "Where to see how far it is."))),
        Refusals,
    )
)]
pub(crate) async fn create_job(
    State(state): State<CredentialsState>,
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(body): Json<NewJobBody>,
) -> Result<impl IntoResponse, Problem> {
    state.issuer()?;
    let (org, rows) = wanted(&state, &asked.caller, &body).await?;
    let request = serde_json::to_vec(&body).map_err(|error| Problem::internal(&error))?;
    let job = NewJob {
        job_id: Uuid::now_v7(),
        action: body.action.into(),
        dry_run: body.dry_run,
        org,
        idempotency_key: idempotency_key(&headers)?,
        request_digest: Sha256::digest(request).to_vec(),
        rows,
    };
    let job = JobBody::from(asked.change(&state.writers, Some(reason(body.reason)?), Stage(job)).await?);
    let location = format!("/api/v1/credential-jobs/{}", job.job_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(job)))
}
