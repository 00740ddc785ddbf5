//! `POST /api/v1/jobs/{job_id}/cancel`.

use axum::extract::State;
use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::jobs::{cancel_job as cancel, get_job};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::JobDetail;
use super::get::{detail, missing};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::state::AdminState;

struct Cancel {
    orgs: Option<Vec<String>>,
    job_id: Uuid,
    calls_per_minute: Option<u32>,
}

impl Change for Cancel {
    type Done = Option<JobDetail>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Self::Done, AuthoringError> {
        cancel(conn, by, self.orgs.as_deref(), self.job_id).await?;
        Ok(match get_job(conn, self.orgs.as_deref(), self.job_id).await? {
            Some(job) => Some(detail(conn, job, self.calls_per_minute).await?),
            None => None,
        })
    }
}

/// Ends a job. The rows that were done by then stay done; a job that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{job_id}/cancel",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The job as it is now.", body = JobDetail), Refusals)
)]
pub(crate) async fn cancel_job(
    State(state): State<AdminState>,
    asked: Asked,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<JobDetail>, Problem> {
    let orgs = asked.caller.reach(Permission::ManageEnrolments).await?.orgs();
    let reason = reason.and_then(|Json(body)| body.reason);
    let cancel = Cancel { orgs, job_id, calls_per_minute: state.calls_per_minute };
    asked.change(reason, cancel).await?.map(Json).ok_or_else(missing)
}
