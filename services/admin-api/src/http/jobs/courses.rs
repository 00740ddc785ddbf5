//! `GET /api/v1/jobs/{job_id}/courses`.

use axum::extract::State;
use lp_http::{Caller, Cursor, Json, Page, Path, Problem, Query};
use lp_progress_store::jobs::{self, JobCourse};
use sqlx::PgPool;
use uuid::Uuid;

use super::body::JobCourseBody;
use super::get::find;
use super::rows::RowListing;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// The learners of a job in the courses of their runs, by learner and course.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{job_id}/courses",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "The job's id."), RowListing),
    responses((status = 200, description = "A page of learners and courses.", body = Page<JobCourseBody>), Refusals)
)]
pub(crate) async fn list_job_courses(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(listing): Query<RowListing>,
) -> Result<Json<Page<JobCourseBody>>, Problem> {
    find(&pool, &caller, job_id).await?;
    let after: Option<(i64, String)> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let (outcome, after) = (listing.outcome.as_deref(), after.unwrap_or_default());
    let limit = listing.limit.one_more();
    let found =
        async { Ok(jobs::job_courses(&mut *pool.acquire().await?, job_id, outcome, &after, limit).await?) };
    let place = |one: &JobCourse| (one.learner_id, one.context_key.clone());
    Page::of(found.await.map_err(problem)?, listing.limit, place).map(Json)
}
