//! `POST /api/v1/retire_user/`.

use axum::extract::State;
use axum::http::StatusCode;
use lp_domain::LearnerId;
use lp_http::{Json, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{ClaimKey, identities};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::now;
use crate::http::state::AdminState;

/// Whom to retire, as Open edX's retirement driver says it to its licence manager; what it says besides is passed over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RetiredUser {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    lms_user_id: LearnerId,
    /// The username until now.
    #[schema(max_length = 255)]
    original_username: String,
}

struct Retire {
    key: Option<ClaimKey>,
    user: RetiredUser,
}

impl Change for Retire {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        let RetiredUser { lms_user_id, original_username } = &self.user;
        identities::retire(conn, by, self.key.as_ref(), *lms_user_id, original_username, now()?).await?;
        Ok(())
    }
}

/// Forgets who a learner was: name, username and e-mail address, here and by an event also in the credentials. What the
/// learner did stays, under the LMS user id alone. A learner who is unknown, or retired already, is answered likewise.
#[utoipa::path(
    post,
    path = "/api/v1/retire_user/",
    tag = "learners",
    request_body = RetiredUser,
    responses((status = 204, description = "Nobody knows who they were."), Refusals)
)]
pub(crate) async fn retire_user(
    State(state): State<AdminState>,
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(user): Json<RetiredUser>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManageIdentities, Target::Platform).await?;
    asked.change(None, Retire { key: state.claims, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
