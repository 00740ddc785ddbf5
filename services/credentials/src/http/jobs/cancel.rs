//! `POST /api/v1/credential-jobs/{job_id}/cancel`.

use axum::extract::State;
use lp_http::{Json, Path, Permission, Problem, Query};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::JobDetail;
use super::get::{detail, missing};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::state::CredentialsState;
use crate::store::issuing::audit::By;
use crate::store::jobs::{cancel_job as cancel, get_job};

struct Cancel {
    orgs: Option<Vec<String>>,
    job_id: Uuid,
}

impl Change for Cancel {
    type Done = JobDetail;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<JobDetail, Problem> {
        let cancelled = async {
            cancel(conn, by, self.orgs.as_deref(), self.job_id).await?;
            match get_job(conn, self.orgs.as_deref(), self.job_id).await? {
                Some(job) => detail(conn, job).await.map(Some),
                None => Ok(None),
            }
        };
        cancelled.await.map_err(|error: sqlx::Error| Problem::database(&error))?.ok_or_else(missing)
    }
}

/// Ends a job. The rows that were done by then stay done; a job that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/credential-jobs/{job_id}/cancel",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The job as it is now.", body = JobDetail), Refusals)
)]
pub(crate) async fn cancel_job(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<JobDetail>, Problem> {
    let orgs = asked.caller.reach(Permission::ManageCredentials).await?.orgs();
    let reason = reason.and_then(|Json(body)| body.reason);
    asked.change(&state.writers, reason, Cancel { orgs, job_id }).await.map(Json)
}
