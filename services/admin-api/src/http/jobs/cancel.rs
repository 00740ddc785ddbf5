//! `POST /api/v1/jobs/{job_id}/cancel`.

use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::jobs::{Job, Outcomes, cancel_job as cancel, get_job, outcomes};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::JobDetail;
use super::get::missing;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};

struct Cancel {
    orgs: Option<Vec<String>>,
    job_id: Uuid,
}

impl Change for Cancel {
    type Done = Option<(Job, Outcomes)>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Self::Done, AuthoringError> {
        cancel(conn, by, self.orgs.as_deref(), self.job_id).await?;
        Ok(match get_job(conn, self.orgs.as_deref(), self.job_id).await? {
            Some(job) => Some((job, outcomes(conn, self.job_id).await?)),
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
    asked: Asked,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<JobDetail>, Problem> {
    let orgs = asked.caller.reach(Permission::ManageEnrolments).await?.orgs();
    let reason = reason.and_then(|Json(body)| body.reason);
    let job = asked.change(reason, Cancel { orgs, job_id }).await?.ok_or_else(missing)?;
    Ok(Json(job.into()))
}
