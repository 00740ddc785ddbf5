//! `GET {key}/progress/`.

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

/// How much of a path the caller has completed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub(crate) struct ProgressBody {
    /// The key as it was asked for.
    learning_path_key: String,
    /// The mean of the steps' completions; what is not known counts 0.
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    progress: f64,
    /// Shown only; null where nobody said.
    required_completion: Option<f64>,
}

/// The caller's own progress in a path, enrolled or not: the mean of what they completed of each step.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/{key}/progress/",
    tag = "paths",
    params(("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
            example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The progress.", body = ProgressBody),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "No key, or no path that the caller sees.", body = Detail)
    )
)]
pub(crate) async fn get_progress(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Json<ProgressBody>, Refused> {
    let learner = visitor.oneself(Permission::ReadProgress, super::enrolments::org(&key)).await?;
    let mut conn = pool.acquire().await?;
    let (catalogue, path) = state.seen(&mut conn, &visitor, &key).await?;
    let steps = of_learner(&mut conn, &catalogue, &path, learner).await?;
    let sum: f64 = steps.iter().map(|(_, known)| known.completion.unwrap_or_default()).sum();
    // Of few steps, so that the number is exact.
    let count = u32::try_from(steps.len()).map_or(f64::MAX, f64::from);
    let progress = if steps.is_empty() { 0.0 } else { sum / count };
    Ok(Json(ProgressBody { learning_path_key: key, progress, required_completion: path.required_completion }))
}
