//! `POST /api/v1/learners/{user_id}/merge`.

use axum::extract::State;
use axum::http::StatusCode;
use lp_domain::LearnerId;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::merge_learners;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::now;
use crate::http::state::{AdminState, SharedCatalogue};

/// The other account of the same person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Merger {
    /// LMS user id of the account that survives.
    #[schema(value_type = i64, minimum = 1)]
    into: LearnerId,
    /// Why; no names of learners.
    reason: Option<String>,
}

struct Merge {
    catalogue: SharedCatalogue,
    from: LearnerId,
    into: LearnerId,
}

impl Change for Merge {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        let mut catalogue = self.catalogue.get();
        merge_learners(conn, &mut catalogue, by, (self.from, self.into), now()?).await?;
        Ok(())
    }
}

/// Merges an account into another of the same person: what either did counts for the other one from now on, runs and completions
/// included, and nothing is told twice. The facts stay where they were, so that it could be undone. Merged so already, or
/// unknown so far, it is answered likewise; 409 when either account was merged into a third.
#[utoipa::path(
    post,
    path = "/api/v1/learners/{user_id}/merge",
    tag = "learners",
    params(("user_id" = i64, Path, description = "LMS user id of the account that does not survive.", minimum = 1)),
    request_body = Merger,
    responses((status = 204, description = "They are one."), Refusals)
)]
pub(crate) async fn merge_learner(
    State(state): State<AdminState>,
    asked: Asked,
    Path(from): Path<LearnerId>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(Merger { into, reason }): Json<Merger>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManageIdentities, Target::Platform).await?;
    if from == into {
        return Err(Problem::unprocessable("an account is not merged into itself"));
    }
    asked.change(reason, Merge { catalogue: state.catalogue, from, into }).await?;
    Ok(StatusCode::NO_CONTENT)
}
