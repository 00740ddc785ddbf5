//! `GET /api/v1/gap-checks`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query};
use lp_progress_store::gaps;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::GapCheckBody;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Which page of which checks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckListing {
    /// Of this run only.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The checks of runs that the caller may see, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/gap-checks",
    tag = "gaps",
    params(CheckListing),
    responses((status = 200, description = "A page of checks.", body = Page<GapCheckBody>), Refusals)
)]
pub(crate) async fn list_gap_checks(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<CheckListing>,
) -> Result<Json<Page<GapCheckBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadProgress).await?.orgs();
    let before: Option<Uuid> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let (run, limit) = (listing.run_key.as_ref().map(RunKey::as_str), listing.limit.one_more());
    let found = async {
        Ok(gaps::list_gap_checks(&mut *pool.acquire().await?, orgs.as_deref(), run, before, limit).await?)
    };
    Page::of(found.await.map_err(problem)?, listing.limit, |check| check.check_id).map(Json)
}
