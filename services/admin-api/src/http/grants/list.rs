//! `GET /api/v1/grants`.

use axum::extract::State;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query, Target};
use lp_progress_store::grants;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;

use super::body::GrantBody;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Which page of whose grants.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GrantListing {
    /// Of this LMS user only.
    #[serde(default)]
    user_id: Option<i64>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// All grants, in the order in which they were made.
#[utoipa::path(
    get,
    path = "/api/v1/grants",
    tag = "grants",
    params(GrantListing),
    responses((status = 200, description = "A page of grants.", body = Page<GrantBody>), Refusals)
)]
pub(crate) async fn list_grants(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<GrantListing>,
) -> Result<Json<Page<GrantBody>>, Problem> {
    caller.require(Permission::ReadManagement, Target::Platform).await?;
    let after: Option<i64> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let limit = listing.limit.one_more();
    let found = async {
        let mut conn = pool.acquire().await?;
        Ok(grants::list(&mut conn, listing.user_id, after.unwrap_or_default(), limit).await?)
    };
    Page::of(found.await.map_err(problem)?, listing.limit, |grant| grant.grant_id).map(Json)
}
