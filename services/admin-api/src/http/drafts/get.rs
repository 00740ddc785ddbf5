//! `GET /api/v1/runs/{run_key}/draft`.

use axum::extract::State;
use axum::response::IntoResponse;
use lp_domain::RunKey;
use lp_http::{Caller, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring;
use sqlx::PgPool;

use super::body::{DraftBody, answer};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// A run's draft, with all that is still wrong with it.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/draft",
    tag = "drafts",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The draft.", body = DraftBody,
         headers(("etag" = String, description = "Its version, for edits and for publication."))),
        Refusals,
    )
)]
pub(crate) async fn get_draft(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let found = async { authoring::get_draft(&mut *pool.acquire().await?, &key).await };
    let draft = found.await.map_err(problem)?;
    draft.map(answer).ok_or_else(|| Problem::not_found("the run has no draft, or there is no such run"))
}
