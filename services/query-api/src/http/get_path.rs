//! `GET /api/v1/paths/{org}/{number}`.

use axum::extract::State;
use lp_domain::PathId;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, PageSize, Path, Problem, Query};
use lp_progress_store::read;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::catalogue::viewer;
use super::get_learner_run::NoParameters;
use super::list_paths::PathBody;
use super::list_runs::RunBody;

/// A path with its runs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct PathDetail {
    #[serde(flatten)]
    path: PathBody,
    /// Its runs that are published and not archived, the newest first, 200 at most.
    runs: Vec<RunBody>,
}

/// A path with its runs.
#[utoipa::path(
    get,
    path = "/api/v1/paths/{org}/{number}",
    tag = "runs",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DemoPath")
    ),
    responses(
        (status = 200, description = "The path.", body = PathDetail),
        (status = "4XX", description = "400 when the key is malformed, 401 without a token, 403 when it does not allow this, 404 when there is no \
                                        such path or the caller may not see it.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_path(
    State(readers): State<PgPool>,
    caller: Caller,
    Path((org, number)): Path<(String, String)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<PathDetail>, Problem> {
    let id = PathId::new(&org, &number).map_err(|error| Problem::invalid_path(error.to_string()))?;
    let viewer = viewer(&caller).await?;
    let asked = read::Asked {
        path: Some(id.to_string()),
        sort: read::Sort::Newest,
        limit: PageSize::MAX.one_more(),
        ..read::Asked::default()
    };
    let found = async {
        let mut conn = readers.acquire().await?;
        let Some(path) = read::get_path(&mut conn, &viewer, &id).await? else { return Ok(None) };
        Ok(Some((path, read::list_runs(&mut conn, &viewer, &asked).await?)))
    };
    let (path, runs) = found
        .await
        .map_err(|error| Problem::database(&error))?
        .ok_or_else(|| Problem::not_found("there is no such path"))?;
    let runs = Page::of(runs, PageSize::MAX, |run| run.place.clone())?;
    Ok(Json(PathDetail { path: path.into(), runs: runs.items }))
}
