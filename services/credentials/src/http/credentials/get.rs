//! `GET /api/v1/credentials/{credential_id}`.

use axum::extract::State;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::CredentialBody;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::state::CredentialsState;
use crate::store::issuing::credentials::{Credential, get_credential as read};

/// A credential.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/{credential_id}",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    responses((status = 200, description = "The credential.", body = CredentialBody), Refusals)
)]
pub(crate) async fn get_credential(
    State(state): State<CredentialsState>,
    caller: Caller,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<CredentialBody>, Problem> {
    let site = &state.issuer()?.site;
    let found = find(&state, &caller, Permission::ReadAwards, credential_id).await?;
    Ok(Json(CredentialBody::new(site, found)))
}

/// A credential with which the caller may do this. Who may not is told the same of none as of somebody else's.
pub(super) async fn find(
    state: &CredentialsState,
    caller: &Caller,
    permission: Permission,
    credential_id: Uuid,
) -> Result<Credential, Problem> {
    let found = async { read(&mut *state.writers.acquire().await?, credential_id).await };
    let Some(found) = found.await.map_err(|error| Problem::database(&error))? else {
        caller.require(permission, Target::Platform).await?;
        return Err(missing());
    };
    let target = Target::LearnerIn { learner: found.learner_id, org: &found.org };
    caller.require(permission, target).await?;
    Ok(found)
}

/// The same, as it is now, in a transaction.
pub(super) async fn again(conn: &mut PgConnection, credential_id: Uuid) -> Result<Credential, Problem> {
    let found = read(conn, credential_id).await.map_err(|error| Problem::database(&error))?;
    found.ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::not_found("there is no such credential")
}
