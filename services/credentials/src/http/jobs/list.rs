//! `GET /api/v1/credential-jobs`.

use axum::extract::State;
use lp_http::{Caller, Json, Page, Paging, Permission, Problem, Query};
use sqlx::PgPool;
use uuid::Uuid;

use super::body::JobBody;
use crate::http::bodies::Refusals;
use crate::store::jobs;

/// The jobs of organisations whose awards the caller may see, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/credential-jobs",
    tag = "jobs",
    params(Paging),
    responses((status = 200, description = "A page of jobs.", body = Page<JobBody>), Refusals)
)]
pub(crate) async fn list_jobs(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<JobBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadAwards).await?.orgs();
    let before: Option<Uuid> = listing.place()?;
    let limit = listing.limit.one_more();
    let found =
        async { jobs::list_jobs(&mut *readers.acquire().await?, orgs.as_deref(), before, limit).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(found, listing.limit, |job| job.job_id).map(Json)
}
