//! `GET /api/v1/jobs/{job_id}`.

use axum::extract::State;
use lp_http::{Caller, Json, Path, Permission, Problem, Query};
use lp_progress_store::StoreError;
use lp_progress_store::jobs::{self, Job};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::body::{Courses, JobDetail};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;
use crate::http::state::AdminState;

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
    State(state): State<AdminState>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobDetail>, Problem> {
    let job = find(&pool, &caller, job_id).await?;
    let looked = async { Ok(detail(&mut *pool.acquire().await?, job, state.calls_per_minute).await?) };
    looked.await.map(Json).map_err(problem)
}

/// How far a job is.
pub(super) async fn detail(
    conn: &mut PgConnection,
    job: Job,
    calls_per_minute: Option<u32>,
) -> Result<JobDetail, StoreError> {
    let outcomes = jobs::outcomes(conn, job.job_id).await?;
    let progress = if job.into_courses { Some(jobs::course_progress(conn, job.job_id).await?) } else { None };
    let courses = progress.map(|progress| Courses::new(progress, calls_per_minute.unwrap_or_default()));
    Ok(JobDetail::new(job, outcomes, courses))
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
