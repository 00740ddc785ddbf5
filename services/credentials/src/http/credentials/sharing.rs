//! `PUT /api/v1/credentials/{credential_id}/sharing`.

use axum::extract::State;
use lp_http::problem::Kind;
use lp_http::{Json, Path, Permission, Problem, Query};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::CredentialBody;
use super::get::{again, find};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::state::CredentialsState;
use crate::store::issuing::audit::By;
use crate::store::issuing::credentials::{Credential, CredentialStatus, put_sharing};

/// What a learner lets others see.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sharing {
    /// Whether the credential's page and files are there for everybody who knows the address.
    is_shared: bool,
    /// Whether the page shows the learner's name. Without it, the files that hold it are not there either: the learner hands them on.
    shows_name: bool,
}

struct Share(Uuid, Sharing);

impl Change for Share {
    type Done = Credential;

    async fn make(self, conn: &mut PgConnection, _by: &By<'_>) -> Result<Credential, Problem> {
        let Self(id, Sharing { is_shared, shows_name }) = self;
        put_sharing(conn, id, is_shared, shows_name).await.map_err(|error| Problem::database(&error))?;
        again(conn, id).await
    }
}

/// Says what others see of a credential. Learners themselves do, of theirs; nobody else.
#[utoipa::path(
    put,
    path = "/api/v1/credentials/{credential_id}/sharing",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    request_body = Sharing,
    responses((status = 200, description = "The credential as it is now.", body = CredentialBody), Refusals)
)]
pub(crate) async fn share_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(sharing): Json<Sharing>,
) -> Result<Json<CredentialBody>, Problem> {
    let site = state.issuer()?.site.clone();
    let found = find(&state, &asked.caller, Permission::ReadAwards, credential_id).await?;
    if asked.caller.user_id() != Some(found.learner_id) {
        return Err(Problem::new(Kind::Forbidden));
    }
    if found.status == CredentialStatus::Withdrawn {
        return Err(Problem::new(Kind::Conflict).with_detail("the credential was withdrawn"));
    }
    let shared = asked.change(&state.writers, None, Share(credential_id, sharing)).await?;
    Ok(Json(CredentialBody::new(&site, shared)))
}
