//! `DELETE /api/v1/contexts/{context_key}/unavailability`.

use axum::http::StatusCode;
use lp_domain::ContextKey;
use lp_http::{Path, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError};
use sqlx::PgConnection;

use super::require;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

struct Restore(ContextKey);

impl Change for Restore {
    type Done = bool;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<bool, AuthoringError> {
        authoring::set_available(conn, by, &self.0).await
    }
}

/// Says that a context is there again.
#[utoipa::path(
    delete,
    path = "/api/v1/contexts/{context_key}/unavailability",
    tag = "contexts",
    params(("context_key" = String, Path, description = "The context's key, percent-encoded.",
         example = "course-v1:OpenedX+SQL101+2026")),
    responses((status = 204, description = "It is."), Refusals)
)]
pub(crate) async fn set_available(
    asked: Asked,
    Path(key): Path<ContextKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<StatusCode, Problem> {
    require(&asked.caller, &key).await?;
    let there = Problem::not_found("nobody said that it is gone".to_owned());
    if asked.change(None, Restore(key)).await? { Ok(StatusCode::NO_CONTENT) } else { Err(there) }
}
