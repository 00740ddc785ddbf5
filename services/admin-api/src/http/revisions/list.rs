//! `GET /api/v1/runs/{run_key}/revisions`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use lp_http::{Caller, Json, Page, Paging, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// A revision without what it asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionSummary {
    /// Its number.
    #[schema(minimum = 1)]
    revision: u32,
    /// When it was published.
    published_at: DateTime<Utc>,
}

impl From<(u32, DateTime<Utc>)> for RevisionSummary {
    fn from((revision, published_at): (u32, DateTime<Utc>)) -> Self {
        Self { revision, published_at }
    }
}

/// A run's revisions, the latest first; none of a run that is not there.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/revisions",
    tag = "revisions",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"), Paging),
    responses((status = 200, description = "A page of revisions.", body = Page<RevisionSummary>), Refusals)
)]
pub(crate) async fn list_revisions(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(key): Path<RunKey>,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<RevisionSummary>>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let before: Option<u32> = listing.place()?;
    let limit = listing.limit.one_more();
    let found = async { authoring::list_revisions(&mut *pool.acquire().await?, &key, before, limit).await };
    Page::of(found.await.map_err(problem)?, listing.limit, |(revision, _)| *revision).map(Json)
}
