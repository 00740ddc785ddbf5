//! `GET /api/v1/runs/{run_key}/learners` and `GET /api/v1/paths/{org}/{number}/learners`.

use std::sync::Arc;

use axum::extract::State;
use lp_domain::{PathId, RunKey};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Path, Problem, Query};
use lp_progress_store::read::{RosterRow, RosterRun, Whose};
use sqlx::PgPool;

use super::asked::{Asked, RosterQuery};
use super::pools::Rosters;
use super::row::RosterBody;
use super::scope;

/// The learners of a run, in pages.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/learners",
    tag = "managers",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DemoPath+2026+all"),
        RosterQuery
    ),
    responses(
        (status = 200, description = "A page of learners.", body = Page<RosterBody>),
        (status = "4XX", description = "400 when the key, a parameter or the cursor is malformed, 401 without a token, 403 when it does \
                                        not allow this, 404 when there is no such run, 422 when names are needed and the service \
                                        sees none.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_run_learners(
    State(readers): State<PgPool>,
    State(rosters): State<Rosters>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(query): Query<RosterQuery>,
) -> Result<Json<Page<RosterBody>>, Problem> {
    let asked = query.page(run.as_str())?;
    let whose = rosters.whose(&caller, run.org(), asked.is_by_names()).await?;
    let runs = scope::of_run(&readers, &run).await?;
    page(&rosters, &runs, &asked, whose).await
}

/// The learners of all runs of a path, in pages: one entry for each run that a learner is in.
#[utoipa::path(
    get,
    path = "/api/v1/paths/{org}/{number}/learners",
    tag = "managers",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA"),
        RosterQuery
    ),
    responses(
        (status = 200, description = "A page of learners.", body = Page<RosterBody>),
        (status = "4XX", description = "As of a run's learners.", body = ProblemDocument,
         content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_path_learners(
    State(readers): State<PgPool>,
    State(rosters): State<Rosters>,
    caller: Caller,
    Path((org, number)): Path<(String, String)>,
    Query(query): Query<RosterQuery>,
) -> Result<Json<Page<RosterBody>>, Problem> {
    let path = PathId::new(&org, &number).map_err(|error| Problem::invalid_path(error.to_string()))?;
    let asked = query.page(&path.to_string())?;
    let whose = rosters.whose(&caller, path.org(), asked.is_by_names()).await?;
    let runs = scope::of_path(&readers, &path).await?;
    page(&rosters, &runs, &asked, whose).await
}

async fn page(
    rosters: &Rosters,
    runs: &[RosterRun],
    asked: &Asked,
    whose: Whose,
) -> Result<Json<Page<RosterBody>>, Problem> {
    let limit = asked.size.one_more();
    let found =
        async { scope::page(&mut *rosters.pool(whose).acquire().await?, runs, asked, limit, whose).await };
    let rows = found.await.map_err(|error| Problem::database(&error))?;
    let rows: Vec<Placed<'_>> = rows.into_iter().map(|(run, row)| Placed { run, row, whose }).collect();
    Page::of(rows, asked.size, |placed| asked.place(&placed.row.place, placed.run.run_id)).map(Json)
}

/// A row with what makes it an entry.
struct Placed<'a> {
    run: &'a RosterRun,
    row: RosterRow,
    whose: Whose,
}

impl From<Placed<'_>> for RosterBody {
    fn from(placed: Placed<'_>) -> Self {
        let key: Arc<str> = placed.run.run_key.as_str().into();
        Self::new(key, placed.row, placed.whose == Whose::MaySeeNames)
    }
}
