//! `DELETE /api/v1/runs/{run_key}/proposal`.

use axum::http::StatusCode;
use lp_domain::RunKey;
use lp_http::{Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError};
use sqlx::PgConnection;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

struct Dismiss(RunKey);

impl Change for Dismiss {
    type Done = bool;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<bool, AuthoringError> {
        authoring::dismiss_proposal(conn, by, &self.0).await
    }
}

/// Puts aside what is proposed of a run. A later rerun of its courses is proposed again.
#[utoipa::path(
    delete,
    path = "/api/v1/runs/{run_key}/proposal",
    tag = "runs",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    responses((status = 204, description = "Nothing is proposed of it."), Refusals)
)]
pub(crate) async fn dismiss_proposal(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let nothing = Problem::not_found("nothing is proposed of this run".to_owned());
    if asked.change(None, Dismiss(key)).await? { Ok(StatusCode::NO_CONTENT) } else { Err(nothing) }
}
