//! `DELETE /api/v1/runs/{run_key}/draft`.

use axum::http::{HeaderMap, StatusCode};
use lp_domain::RunKey;
use lp_http::conditional::if_match;
use lp_http::{Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError};
use sqlx::PgConnection;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

struct Delete(RunKey, i64);

impl Change for Delete {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        authoring::delete_draft(conn, by, &self.0, self.1).await
    }
}

/// Throws a run's draft away.
#[utoipa::path(
    delete,
    path = "/api/v1/runs/{run_key}/draft",
    tag = "drafts",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("if-match" = String, Header, description = "The `ETag` of the draft.")
    ),
    responses((status = 204, description = "It is gone; the audit log has it, up to 64 KiB."), Refusals)
)]
pub(crate) async fn delete_draft(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let expected = if_match(&headers)?;
    asked.change(None, Delete(key, expected)).await?;
    Ok(StatusCode::NO_CONTENT)
}
