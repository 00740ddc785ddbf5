//! `PUT /api/v1/learners/{user_id}/external-key`.

use axum::extract::State;
use axum::http::StatusCode;
use lp_domain::LearnerId;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{Claim, invitations};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::named::text;
use crate::http::now;
use crate::http::state::{AdminState, SharedCatalogue, no_external_keys};

/// What others call the learner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalKey {
    /// A student number, an id of the identity provider. Only a keyed hash of it is kept.
    #[schema(min_length = 1, max_length = 255)]
    external_key: String,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Link {
    catalogue: SharedCatalogue,
    key: Claim,
    learner: LearnerId,
}

impl Change for Link {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        let mut catalogue = self.catalogue.get();
        invitations::link_external_key(conn, &mut catalogue, by, self.key, self.learner, now()?).await?;
        self.catalogue.put(catalogue);
        Ok(())
    }
}

/// Says which learner others know by this key, and enrols them where the key is invited. A learner may have several; a key is one
/// learner's, the last one's.
#[utoipa::path(
    put,
    path = "/api/v1/learners/{user_id}/external-key",
    tag = "enrolments",
    params(("user_id" = i64, Path, description = "LMS user id.", minimum = 1)),
    request_body = ExternalKey,
    responses((status = 204, description = "It is known."), Refusals)
)]
pub(crate) async fn link_external_key(
    State(state): State<AdminState>,
    asked: Asked,
    Path(learner): Path<LearnerId>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<ExternalKey>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManageEnrolments, Target::Learner(learner.get())).await?;
    let text = text(&new.external_key).map_err(Problem::unprocessable)?;
    let key = state.claims.as_ref().ok_or_else(no_external_keys)?.external_key(&text);
    asked.change(new.reason, Link { catalogue: state.catalogue, key, learner }).await?;
    Ok(StatusCode::NO_CONTENT)
}
