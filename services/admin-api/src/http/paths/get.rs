//! `GET /api/v1/paths/{org}/{number}`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use lp_http::conditional::etag;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring::{self, AuthoringError};
use sqlx::PgPool;

use super::body::{PathBody, id};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// One path.
#[utoipa::path(
    get,
    path = "/api/v1/paths/{org}/{number}",
    tag = "paths",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA")
    ),
    responses(
        (status = 200, description = "The path.", body = PathBody,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn get_path(
    State(pool): State<PgPool>,
    caller: Caller,
    Path((org, number)): Path<(String, String)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    let id = id(&org, &number)?;
    caller.require(Permission::ReadManagement, Target::Org(&org)).await?;
    let found = async { authoring::get_path(&mut *pool.acquire().await?, &id).await };
    let path = found.await.map_err(problem)?.ok_or_else(|| problem(AuthoringError::UnknownPath(id)))?;
    Ok(([(header::ETAG, etag(path.version))], Json(PathBody::from(path))))
}
