//! `GET /api/v1/runs/{run_key}/revisions/{revision}/difference`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_domain::difference::Difference;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;

use super::get::one;
use crate::http::bodies::Refusals;

/// Between which revisions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// The earlier revision; the one before when not given.
    #[serde(default)]
    #[param(minimum = 1)]
    from: Option<u32>,
}

/// What a revision has that an earlier one had not.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/revisions/{revision}/difference",
    tag = "revisions",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("revision" = u32, Path, description = "The later revision's number.", example = 1),
        Between
    ),
    responses((status = 200, description = "What changed.", body = Difference), Refusals)
)]
pub(crate) async fn revision_difference(
    State(pool): State<PgPool>,
    caller: Caller,
    Path((key, revision)): Path<(RunKey, u32)>,
    Query(between): Query<Between>,
) -> Result<Json<Difference>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let later = one(&pool, &key, revision).await?;
    let earlier = one(&pool, &key, between.from.unwrap_or(revision.saturating_sub(1))).await?;
    Ok(Json(Difference::between(&earlier.definition, &later.definition)))
}
