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
    let limit = listing.limit.get() + 1;
    let found = async {
        let mut conn = pool.acquire().await?;
        authoring::list_runs(&mut conn, &selection, of.as_ref(), after.as_ref(), limit).await
    };
    let runs: Vec<RunBody> = found.await.map_err(problem)?.into_iter().map(RunBody::from).collect();
    let page = Page::from_one_more(runs, listing.limit, |run| run.run_key.clone());
    page.map(Json).map_err(|error| Problem::internal(&error))
}
