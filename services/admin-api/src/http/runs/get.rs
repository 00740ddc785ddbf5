//! `GET /api/v1/runs/{run_key}`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use lp_domain::RunKey;
use lp_http::conditional::etag;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring::{self, AuthoringError};
use sqlx::PgPool;

use super::body::RunBody;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// One run.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}",
    tag = "runs",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The run.", body = RunBody,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn get_run(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let found = async { authoring::get_run(&mut *pool.acquire().await?, &key).await };
    let run = found.await.map_err(problem)?.ok_or_else(|| problem(AuthoringError::UnknownRun(key)))?;
    Ok(([(header::ETAG, etag(run.version))], Json(RunBody::from(run))))
}
