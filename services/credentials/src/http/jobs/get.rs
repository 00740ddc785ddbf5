//! `GET /api/v1/credential-jobs/{job_id}`.

use axum::extract::State;
use lp_http::{Caller, Json, Path, Permission, Problem, Query};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::body::JobDetail;
use crate::http::bodies::{NoParameters, Refusals};
use crate::store::jobs::{self, Job};

/// A job, and how far it is.
#[utoipa::path(
    get,
    path = "/api/v1/credential-jobs/{job_id}",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "Its id.")),
    responses((status = 200, description = "The job.", body = JobDetail), Refusals)
)]
pub(crate) async fn get_job(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobDetail>, Problem> {
    let job = find(&readers, &caller, job_id).await?;
    let looked = async { detail(&mut *readers.acquire().await?, job).await };
    looked.await.map(Json).map_err(|error| Problem::database(&error))
}

/// How far a job is.
pub(super) async fn detail(conn: &mut PgConnection, job: Job) -> sqlx::Result<JobDetail> {
    let outcomes = jobs::outcomes(conn, job.job_id).await?;
    Ok(JobDetail::new(job, outcomes))
}

/// A job within the caller's reach. One beyond is answered as one that is not there.
pub(super) async fn find(readers: &PgPool, caller: &Caller, job_id: Uuid) -> Result<Job, Problem> {
    let orgs = caller.reach(Permission::ReadAwards).await?.orgs();
    let found = async { jobs::get_job(&mut *readers.acquire().await?, orgs.as_deref(), job_id).await };
    found.await.map_err(|error| Problem::database(&error))?.ok_or_else(missing)
}

pub(super) fn missing() -> Problem {
    Problem::not_found("there is no such job")
}
