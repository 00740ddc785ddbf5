//! `GET /api/v1/runs`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::{Caller, Cursor, Json, Page, Permission, Problem, Query};
use lp_progress_store::authoring;
use sqlx::PgPool;

use super::body::RunBody;
use crate::http::bodies::Refusals;
use crate::http::listing::Listing;
use crate::http::refusal::problem;

/// The runs that the caller manages or audits, by key; archived and unpublished ones too.
#[utoipa::path(
    get,
    path = "/api/v1/runs",
    tag = "runs",
    params(Listing),
    responses((status = 200, description = "A page of runs.", body = Page<RunBody>), Refusals)
)]
pub(crate) async fn list_runs(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<RunBody>>, Problem> {
    let selection = listing.selection(caller.reach(Permission::ReadManagement).await?);
    let of = listing.path()?;
    let after: Option<RunKey> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let limit = listing.limit.one_more();
    let found = async {
        let mut conn = pool.acquire().await?;
        authoring::list_runs(&mut conn, &selection, of.as_ref(), after.as_ref(), limit).await
    };
    Page::of(found.await.map_err(problem)?, listing.limit, |run| run.key.clone()).map(Json)
}
