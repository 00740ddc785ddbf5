//! `POST /api/v1/credentials/{credential_id}/revoke`, `/suspend`, `/reinstate`, `/reissue`.

use axum::extract::State;
use chrono::Utc;
use lp_http::{Json, Path, Permission, Problem, Query};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::CredentialBody;
use super::get::{again, find};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::refusal::refused;
use crate::http::state::CredentialsState;
use crate::issuing::change;
use crate::store::by_hand::Wish;
use crate::store::issuing::audit::By;
use crate::store::issuing::credentials::Credential;

struct ByHand(Uuid, Wish);

impl Change for ByHand {
    type Done = Credential;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<Credential, Problem> {
        let Self(id, wish) = self;
        let changed = change(conn, by, wish, &[id], Utc::now()).await;
        for answer in changed.map_err(|error| Problem::database(&error))? {
            answer.map_err(|refusal| refused(&refusal))?;
        }
        again(conn, id).await
    }
}

async fn make(
    state: &CredentialsState,
    asked: Asked,
    credential_id: Uuid,
    reason: Option<Json<Reason>>,
    wish: Wish,
) -> Result<Json<CredentialBody>, Problem> {
    let site = state.issuer()?.site.clone();
    find(state, &asked.caller, Permission::ManageCredentials, credential_id).await?;
    let reason = reason.and_then(|Json(body)| body.reason);
    let credential = asked.change(&state.writers, reason, ByHand(credential_id, wish)).await?;
    Ok(Json(CredentialBody::new(&site, credential)))
}

/// Takes a credential back, for good. Whoever verifies it sees so as soon as the status list is signed.
#[utoipa::path(
    post,
    path = "/api/v1/credentials/{credential_id}/revoke",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The credential as it is now.", body = CredentialBody), Refusals)
)]
pub(crate) async fn revoke_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<CredentialBody>, Problem> {
    make(&state, asked, credential_id, reason, Wish::Revoke).await
}

/// Takes a credential back for now.
#[utoipa::path(
    post,
    path = "/api/v1/credentials/{credential_id}/suspend",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The credential as it is now.", body = CredentialBody), Refusals)
)]
pub(crate) async fn suspend_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<CredentialBody>, Problem> {
    make(&state, asked, credential_id, reason, Wish::Suspend).await
}

/// Gives a suspended credential back to what its completion says, shortly after.
#[utoipa::path(
    post,
    path = "/api/v1/credentials/{credential_id}/reinstate",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The credential as it is now.", body = CredentialBody), Refusals)
)]
pub(crate) async fn reinstate_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<CredentialBody>, Problem> {
    make(&state, asked, credential_id, reason, Wish::Reinstate).await
}

/// Has a credential signed anew, with what its learner is called by now: the same id and date of award, another `validFrom`, shortly
/// after.
#[utoipa::path(
    post,
    path = "/api/v1/credentials/{credential_id}/reissue",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The credential as it is now.", body = CredentialBody), Refusals)
)]
pub(crate) async fn reissue_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<CredentialBody>, Problem> {
    make(&state, asked, credential_id, reason, Wish::Reissue).await
}
