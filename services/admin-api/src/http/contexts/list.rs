//! `GET /api/v1/contexts/unavailable`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, RunKey};
use lp_http::{Caller, Json, Page, Paging, Permission, Problem, Query};
use lp_progress_store::authoring::{ConcernedRun, UnavailableContext, list_unavailable as list};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// A context that is gone at its source, and whom that concerns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnavailableContext)]
pub(crate) struct UnavailableBody {
    /// Which.
    #[schema(value_type = String, example = "course-v1:OpenedX+SQL101+2026")]
    context_key: ContextKey,
    /// Why, in words for learners.
    reason: String,
    /// Since when.
    since: DateTime<Utc>,
    /// Runs whose latest revision has an item of it, as far as the caller manages them.
    runs: Vec<ConcernedBody>,
}

/// A run with an item whose context is gone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConcernedRun)]
pub(crate) struct ConcernedBody {
    /// Which.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: RunKey,
    /// Learners in it who have achieved the item, here or in an equivalent context.
    have: i64,
    /// Learners in it who have not, and have not completed the run either.
    lack: i64,
}

impl From<UnavailableContext> for UnavailableBody {
    fn from(UnavailableContext { key, reason, since, runs }: UnavailableContext) -> Self {
        let run = |ConcernedRun { run_key, have, lack }| ConcernedBody { run_key, have, lack };
        Self { context_key: key, reason, since, runs: runs.into_iter().map(run).collect() }
    }
}

/// Contexts that are gone, by key, with the runs that hold them and how many learners lack them.
#[utoipa::path(
    get,
    path = "/api/v1/contexts/unavailable",
    tag = "contexts",
    params(Paging),
    responses((status = 200, description = "A page of contexts.", body = Page<UnavailableBody>), Refusals)
)]
pub(crate) async fn list_unavailable(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<UnavailableBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadManagement).await?.orgs();
    let after: Option<String> = paging.place()?;
    let limit = paging.limit.one_more();
    let found = async { list(&mut *pool.acquire().await?, orgs.as_deref(), after.as_deref(), limit).await };
    Page::of(found.await.map_err(problem)?, paging.limit, |gone| gone.key.to_string()).map(Json)
}
