//! `GET /api/v1/jobs`.

use axum::extract::State;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query};
use lp_progress_store::jobs;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::JobBody;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobListing {
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The jobs that concern nothing but what the caller may see, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/jobs",
    tag = "jobs",
    params(JobListing),
    responses((status = 200, description = "A page of jobs.", body = Page<JobBody>), Refusals)
)]
pub(crate) async fn list_jobs(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<JobListing>,
) -> Result<Json<Page<JobBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadProgress).await?.orgs();
    let before: Option<Uuid> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let limit = listing.limit.one_more();
    let found =
        async { Ok(jobs::list_jobs(&mut *pool.acquire().await?, orgs.as_deref(), before, limit).await?) };
    Page::of(found.await.map_err(problem)?, listing.limit, |job| job.job_id).map(Json)
}
