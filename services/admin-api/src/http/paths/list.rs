//! `GET /api/v1/paths`.

use axum::extract::State;
use lp_domain::PathId;
use lp_http::{Caller, Cursor, Json, Page, Permission, Problem, Query};
use lp_progress_store::authoring;
use sqlx::PgPool;

use super::body::PathBody;
use crate::http::bodies::Refusals;
use crate::http::listing::Listing;
use crate::http::refusal::problem;

/// The paths that the caller manages or audits, by organisation and number; archived ones too.
#[utoipa::path(
    get,
    path = "/api/v1/paths",
    tag = "paths",
    params(Listing),
    responses(
        (status = 200, description = "A page of paths.", body = Page<PathBody>),
        Refusals,
    )
)]
pub(crate) async fn list_paths(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<PathBody>>, Problem> {
    let selection = listing.selection(caller.reach(Permission::ReadManagement).await?);
    let after: Option<(String, String)> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let after = after.map(|(org, number)| PathId::new(&org, &number)).transpose();
    let after = after.map_err(|_| Problem::invalid_query("`cursor` is not one that this listing gave"))?;
    let limit = listing.limit.one_more();
    let found =
        async { authoring::list_paths(&mut *pool.acquire().await?, &selection, after.as_ref(), limit).await };
    Page::of(found.await.map_err(problem)?, listing.limit, |path| {
        (path.path.id.org().to_owned(), path.path.id.number().to_owned())
    })
    .map(Json)
}
