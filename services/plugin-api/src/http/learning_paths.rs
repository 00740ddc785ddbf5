//! `GET learning-paths/` and `GET learning-paths/{key}/`.

use axum::Json;
use axum::extract::{Path, State};
use lp_progress_store::plugin::{Wanted, count_paths, list_paths, skill_ids};
use sqlx::PgPool;

use super::detail::{Detail, Refused};
use super::paging::{Address, PathPage, Place};
use super::shape::{PathBody, PathDetailBody};
use super::state::PluginState;
use super::steps;
use super::visitor::Visitor;

/// The paths that the caller sees: their own first, the latest enrolment before the others.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/learning-paths/",
    tag = "paths",
    params(("page" = Option<String>, Query, description = "The number of a page, or `last`.", example = "2")),
    responses(
        (status = 200, description = "Ten paths at most.", body = PathPage<PathBody>),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "There is no such page.", body = Detail)
    )
)]
pub(crate) async fn list_learning_paths(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
) -> Result<Json<PathPage<PathBody>>, Refused> {
    let mut conn = pool.acquire().await?;
    let catalogue = state.catalogue(&mut conn).await?;
    let place = Place::fixed(&address, count_paths(&mut conn, &visitor.viewer).await?)?;
    let paths = list_paths(&mut conn, &visitor.viewer, Wanted::All, place.limit(), place.offset()).await?;
    let steps = steps::shown(&mut conn, &catalogue, &paths).await?;
    let results =
        paths.iter().zip(steps).map(|(path, steps)| PathBody::of(&address, &catalogue, path, steps));
    Ok(Json(PathPage::of(&address, place, results.collect())))
}

/// One path.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/learning-paths/{key}/",
    tag = "paths",
    params(("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
            example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The path.", body = PathDetailBody),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "No key, or no path that the caller sees.", body = Detail)
    )
)]
pub(crate) async fn get_learning_path(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
    Path(key): Path<String>,
) -> Result<Json<PathDetailBody>, Refused> {
    let mut conn = pool.acquire().await?;
    let (catalogue, path) = state.seen(&mut conn, &visitor, &key).await?;
    let steps = steps::shown(&mut conn, &catalogue, std::slice::from_ref(&path)).await?;
    let steps = steps.into_iter().flatten().collect();
    let body = PathBody::of(&address, &catalogue, &path, steps);
    let names = [path.details.skills_required.as_slice(), &path.details.skills_acquired].concat();
    let ids = skill_ids(&mut conn, &names).await?;
    Ok(Json(PathDetailBody::of(body, path.details, &ids)))
}
