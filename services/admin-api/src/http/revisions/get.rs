//! `GET /api/v1/runs/{run_key}/revisions/{revision}`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{Definition, RunKey};
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring::{self, Revision};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// A revision of a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub(crate) struct RevisionBody {
    /// Its number.
    #[schema(minimum = 1)]
    revision: u32,
    /// When it was published.
    published_at: DateTime<Utc>,
    /// What it asks for.
    definition: Definition,
}

/// One revision, with what it asks for.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/revisions/{revision}",
    tag = "revisions",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("revision" = u32, Path, description = "The revision's number.", example = 1)
    ),
    responses((status = 200, description = "The revision.", body = RevisionBody), Refusals)
)]
pub(crate) async fn get_revision(
    State(pool): State<PgPool>,
    caller: Caller,
    Path((key, revision)): Path<(RunKey, u32)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<RevisionBody>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let Revision { revision, published_at, definition } = one(&pool, &key, revision).await?;
    Ok(Json(RevisionBody { revision, published_at, definition }))
}

/// A revision that must be there.
pub(super) async fn one(pool: &PgPool, key: &RunKey, revision: u32) -> Result<Revision, Problem> {
    let found = async { authoring::get_revision(&mut *pool.acquire().await?, key, revision).await };
    found
        .await
        .map_err(problem)?
        .ok_or_else(|| Problem::not_found(format!("there is no revision {revision} of {key}")))
}
