//! `GET /api/v1/jobs`.

use axum::extract::State;
use lp_http::{Caller, Json, Page, Paging, Permission, Problem, Query};
use lp_progress_store::jobs;
use sqlx::PgPool;
use uuid::Uuid;

use super::body::JobBody;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// The jobs that concern nothing but what the caller may see, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/jobs",
    tag = "jobs",
    params(Paging),
    responses((status = 200, description = "A page of jobs.", body = Page<JobBody>), Refusals)
)]
pub(crate) async fn list_jobs(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<JobBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadProgress).await?.orgs();
    let before: Option<Uuid> = listing.place()?;
    let limit = listing.limit.one_more();
    let found =
        async { Ok(jobs::list_jobs(&mut *pool.acquire().await?, orgs.as_deref(), before, limit).await?) };
    Page::of(found.await.map_err(problem)?, listing.limit, |job| job.job_id).map(Json)
}
