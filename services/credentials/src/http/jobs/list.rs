//! `GET /api/v1/credential-jobs`.

use axum::extract::State;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::JobBody;
use crate::http::bodies::Refusals;
use crate::store::jobs;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobListing {
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many jobs a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The jobs of organisations whose awards the caller may see, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/credential-jobs",
    tag = "jobs",
    params(JobListing),
    responses((status = 200, description = "A page of jobs.", body = Page<JobBody>), Refusals)
)]
pub(crate) async fn list_jobs(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(listing): Query<JobListing>,
) -> Result<Json<Page<JobBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadAwards).await?.orgs();
    let before: Option<Uuid> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let limit = listing.limit.one_more();
    let found =
        async { jobs::list_jobs(&mut *readers.acquire().await?, orgs.as_deref(), before, limit).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(found, listing.limit, |job| job.job_id).map(Json)
}
