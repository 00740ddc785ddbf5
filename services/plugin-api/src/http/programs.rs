//! `GET programs/` and `GET programs/{pk}/`: paths as course-discovery reads programs.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use lp_progress_store::Catalogue;
use lp_progress_store::plugin::{PluginPath, Wanted, count_paths, list_paths};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use super::detail::{Detail, Refused};
use super::paging::{Address, PathPage, Place};
use super::state::PluginState;
use super::steps::{course, steps};
use super::visitor::Visitor;

/// A path as a program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Program {
    /// What discovery knows it by.
    uuid: Uuid,
    /// The path's title.
    name: String,
    /// The path's key, by which discovery updates what it has.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    marketing_slug: String,
    /// The path's title.
    title: String,
    subtitle: String,
    /// Always `active`.
    status: &'static str,
    /// The image's address in full, if there is one.
    banner_image_urls: BTreeMap<&'static str, String>,
    /// Always empty, as the plugin has it.
    organizations: Vec<String>,
    course_codes: Vec<CourseCode>,
}

/// A course of one organisation, and its runs in the path.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseCode {
    /// The course's number.
    #[schema(example = "DATA1")]
    key: String,
    run_modes: Vec<RunMode>,
}

/// A course run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunMode {
    #[schema(example = "course-v1:OpenedX+DATA1+2026")]
    course_key: String,
    #[schema(example = "2026")]
    run_key: String,
}

impl Program {
    fn of(address: &Address, catalogue: &Catalogue, path: &PluginPath) -> Self {
        let mut courses: Vec<((String, String), Vec<RunMode>)> = Vec::new();
        for item in steps(catalogue, path) {
            let Some(key) = course(item) else { continue };
            let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
            let (of, run_key) = ((text(key.org()), text(key.course())), text(key.run()));
            let mode = RunMode { course_key: item.key.to_string(), run_key };
            match courses.iter_mut().find(|(course, _)| *course == of) {
                Some((_, modes)) => modes.push(mode),
                None => courses.push((of, vec![mode])),
            }
        }
        let code = |((_, key), run_modes)| CourseCode { key, run_modes };
        Self {
            uuid: path.uuid,
            name: path.title.clone(),
            marketing_slug: path.key.to_string(),
            title: path.title.clone(),
            subtitle: path.details.subtitle.clone(),
            status: "active",
            banner_image_urls: address
                .absolute(&path.details.image)
                .map(|url| ("w1440h480", url))
                .into_iter()
                .collect(),
            organizations: Vec::new(),
            course_codes: courses.into_iter().map(code).collect(),
        }
    }
}

/// The paths that the caller sees, as programs.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/programs/",
    tag = "programs",
    params(("page" = Option<String>, Query, description = "The number of a page, or `last`.", example = "2")),
    responses(
        (status = 200, description = "Ten programs at most.", body = PathPage<Program>),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "There is no such page.", body = Detail)
    )
)]
pub(crate) async fn list_programs(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
) -> Result<Json<PathPage<Program>>, Refused> {
    let mut conn = pool.acquire().await?;
    let catalogue = state.catalogue(&mut conn).await?;
    let place = Place::fixed(&address, count_paths(&mut conn, &visitor.viewer).await?)?;
    let paths = list_paths(&mut conn, &visitor.viewer, Wanted::All, place.limit(), place.offset()).await?;
    let results = paths.iter().map(|path| Program::of(&address, &catalogue, path)).collect();
    Ok(Json(PathPage::of(&address, place, results)))
}

/// One path, as a program.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/programs/{pk}/",
    tag = "programs",
    params(("pk" = i64, Path, description = "The path's number.", example = 1)),
    responses(
        (status = 200, description = "The program.", body = Program),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "No number, or of no path that the caller sees.", body = Detail)
    )
)]
pub(crate) async fn get_program(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
    Path(pk): Path<String>,
) -> Result<Json<Program>, Refused> {
    let number = pk.parse().map_err(|_| Refused::not_found("Not found."))?;
    let mut conn = pool.acquire().await?;
    let catalogue = state.catalogue(&mut conn).await?;
    let paths = list_paths(&mut conn, &visitor.viewer, Wanted::Number(number), 1, 0).await?;
    let path = paths.first().ok_or_else(Refused::no_path)?;
    Ok(Json(Program::of(&address, &catalogue, path)))
}
