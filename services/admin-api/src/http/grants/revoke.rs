//! `DELETE /api/v1/grants/{grant_id}`.

use axum::http::StatusCode;
use lp_http::{Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::grants;
use sqlx::PgConnection;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

struct Revoke(i64);

impl Change for Revoke {
    type Done = bool;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<bool, AuthoringError> {
        Ok(grants::revoke(conn, by, self.0).await?)
    }
}

/// Takes a grant back, at once.
#[utoipa::path(
    delete,
    path = "/api/v1/grants/{grant_id}",
    tag = "grants",
    params(("grant_id" = i64, Path, description = "The grant's number.")),
    responses((status = 204, description = "It holds no more."), Refusals)
)]
pub(crate) async fn revoke_grant(
    asked: Asked,
    Path(grant_id): Path<i64>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManageGrants, Target::Platform).await?;
    if asked.change(None, Revoke(grant_id)).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("there is no such grant"))
    }
}
