//! `GET /api/v1/credentials/{credential_id}/document`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use lp_http::{Caller, Path, Permission, Problem, Query};
use uuid::Uuid;

use super::get::find;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::state::CredentialsState;
use crate::store::issuing::credentials::get_document as read;

/// The media type of a signed credential.
pub(crate) const CREDENTIAL: &str = "application/vc+ld+json";

/// The signed credential, as its learner keeps it, whether it is shared or not. Its bytes are what is signed.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/{credential_id}/document",
    tag = "credentials",
    params(("credential_id" = Uuid, Path, description = "Its id.")),
    responses(
        (status = 200, description = "An Open Badges 3.0 credential.", body = Object, content_type = "application/vc+ld+json"),
        Refusals,
    )
)]
pub(crate) async fn get_document(
    State(state): State<CredentialsState>,
    caller: Caller,
    Path(credential_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    find(&state, &caller, Permission::ReadAwards, credential_id).await?;
    let read = async { read(&mut *state.documents.acquire().await?, credential_id).await };
    let signed = read.await.map_err(|error| Problem::database(&error))?;
    let signed = signed.ok_or_else(|| Problem::not_found("the credential was withdrawn"))?;
    let name = format!("attachment; filename=\"{credential_id}.json\"");
    Ok((
        [(header::CONTENT_TYPE, CREDENTIAL.to_owned()), (header::CONTENT_DISPOSITION, name)],
        signed.document,
    ))
}
