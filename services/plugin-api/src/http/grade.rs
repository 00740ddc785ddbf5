//! `GET {key}/grade/`.

use axum::Json;
use axum::extract::{Path, State};
use lp_http::Permission;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::detail::{Detail, Refused};
use super::state::PluginState;
use super::steps::of_learner;
use super::visitor::Visitor;

/// The caller's grade in a path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grade)]
pub(crate) struct GradeBody {
    /// The key as it was asked for.
    learning_path_key: String,
    /// The weighted mean of the steps' grades; what is not known counts 0.
    #[schema(minimum = 0, maximum = 1, example = 0.48)]
    grade: f64,
    /// Shown only; null where nobody said.
    required_grade: Option<f64>,
}

/// The caller's own grade in a path, enrolled or not.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/{key}/grade/",
    tag = "paths",
    params(("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
            example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The grade.", body = GradeBody),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "No key, or no path that the caller sees.", body = Detail)
    )
)]
pub(crate) async fn get_grade(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Json<GradeBody>, Refused> {
    let learner = visitor.oneself(Permission::ReadProgress, super::enrolments::org(&key)).await?;
    let mut conn = pool.acquire().await?;
    let (catalogue, path) = state.seen(&mut conn, &visitor, &key).await?;
    let steps = of_learner(&mut conn, &catalogue, &path, learner).await?;
    let weights: f64 = steps.iter().map(|(weight, _)| weight).sum();
    let sum: f64 = steps.iter().map(|(weight, known)| known.grade.unwrap_or_default() * weight).sum();
    let grade = if weights > 0.0 { sum / weights } else { 0.0 };
    Ok(Json(GradeBody { learning_path_key: key, grade, required_grade: path.required_grade }))
}
