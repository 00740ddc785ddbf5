//! `PUT /api/v1/contexts/{context_key}/unavailability`.

use axum::http::StatusCode;
use lp_domain::ContextKey;
use lp_http::{Json, Path, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::require;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

/// Why a context is gone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unavailability {
    /// In words for learners.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

struct Withdraw {
    key: ContextKey,
    reason: String,
}

impl Change for Withdraw {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        authoring::set_unavailable(conn, by, &self.key, &self.reason).await
    }
}

/// Says that a course, or another context, is gone at its source. What learners did there stays done; those who still need it see
/// why there is nothing to do, and `GET /api/v1/contexts/unavailable` says how many they are.
#[utoipa::path(
    put,
    path = "/api/v1/contexts/{context_key}/unavailability",
    tag = "contexts",
    params(("context_key" = String, Path, description = "The context's key, percent-encoded.",
         example = "course-v1:OpenedX+SQL101+2026")),
    request_body = Unavailability,
    responses((status = 204, description = "Learners see it."), Refusals)
)]
pub(crate) async fn set_unavailable(
    asked: Asked,
    Path(key): Path<ContextKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(Unavailability { reason }): Json<Unavailability>,
) -> Result<StatusCode, Problem> {
    require(&asked.caller, &key).await?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 1000 || reason.contains('\0') {
        let wrong = Problem::unprocessable("a reason has 1 to 1000 characters");
        return Err(wrong);
    }
    asked.change(None, Withdraw { key, reason }).await?;
    Ok(StatusCode::NO_CONTENT)
}
