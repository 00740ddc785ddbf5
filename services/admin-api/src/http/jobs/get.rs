//! `GET /api/v1/jobs/{job_id}`.

use axum::extract::State;
use lp_http::{Caller, Json, Path, Permission, Problem, Query};
use lp_progress_store::jobs::{self, Job};
use sqlx::PgPool;
use uuid::Uuid;

use super::body::JobDetail;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// A job, and how far it is.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{job_id}",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "Its id.")),
    responses((status = 200, description = "The job.", body = JobDetail), Refusals)
)]
pub(crate) async fn get_job(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobDetail>, Problem> {
    let job = find(&pool, &caller, job_id).await?;
    let counted = async { Ok(jobs::outcomes(&mut *pool.acquire().await?, job_id).await?) };
    Ok(Json((job, counted.await.map_err(problem)?).into()))
}

/// A job within the caller's reach. One beyond is answered as one that is not there.
pub(super) async fn find(pool: &PgPool, caller: &Caller, job_id: Uuid) -> Result<Job, Problem> {
    let orgs = caller.reach(Permission::ReadProgress).await?.orgs();
    let found = async { Ok(jobs::get_job(&mut *pool.acquire().await?, orgs.as_deref(), job_id).await?) };
    found.await.map_err(problem)?.ok_or_else(missing)
}

pub(super) fn missing() -> Problem {
    Problem::not_found("there is no such job".to_owned())
}
