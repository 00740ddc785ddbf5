//! `GET /api/v1/credential-jobs/{job_id}/rows`.

use axum::extract::State;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Path, Problem, Query};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::JobRowBody;
use super::get::find;
use crate::http::bodies::Refusals;
use crate::store::jobs;

/// Which page of which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowListing {
    /// Of this outcome only.
    #[serde(default)]
    #[param(example = "refused")]
    outcome: Option<String>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many rows a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The rows of a job that are done, in their order.
#[utoipa::path(
    get,
    path = "/api/v1/credential-jobs/{job_id}/rows",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "The job's id."), RowListing),
    responses((status = 200, description = "A page of rows.", body = Page<JobRowBody>), Refusals)
)]
pub(crate) async fn list_job_rows(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(listing): Query<RowListing>,
) -> Result<Json<Page<JobRowBody>>, Problem> {
    find(&readers, &caller, job_id).await?;
    let after: Option<u32> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let (outcome, after) = (listing.outcome.as_deref(), after.unwrap_or_default());
    let limit = listing.limit.one_more();
    let found = async { jobs::job_rows(&mut *readers.acquire().await?, job_id, outcome, after, limit).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(found, listing.limit, |row| row.row_number).map(Json)
}
