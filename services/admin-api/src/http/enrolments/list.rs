//! `GET /api/v1/runs/{run_key}/enrolments`.

use axum::extract::State;
use lp_domain::{EnrolmentState, RunKey};
use lp_http::{Caller, Cursor, Json, Page, PageSize, Path, Permission, Problem, Query, Target};
use lp_progress_store::list_enrolments as list;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;

use super::body::EnrolmentBody;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Which page of which enrolments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EnrolmentListing {
    /// Of this state only.
    #[serde(default)]
    state: Option<EnrolmentState>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The learners of a run, by LMS user id; those who left too. Whoever is only invited is not among them.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/enrolments",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        EnrolmentListing
    ),
    responses((status = 200, description = "A page of enrolments.", body = Page<EnrolmentBody>), Refusals)
)]
pub(crate) async fn list_enrolments(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(listing): Query<EnrolmentListing>,
) -> Result<Json<Page<EnrolmentBody>>, Problem> {
    caller.require(Permission::ReadProgress, Target::Org(run.org())).await?;
    let after: Option<i64> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let limit = listing.limit.one_more();
    let found = async {
        Ok(list(&mut *pool.acquire().await?, &run, listing.state, after.unwrap_or_default(), limit).await?)
    };
    Page::of(found.await.map_err(problem)?, listing.limit, |one| one.learner).map(Json)
}
