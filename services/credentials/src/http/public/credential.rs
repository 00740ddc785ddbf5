//! `GET /credentials/{credential_id}`: the credential, for those whom its learner gave the address.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lp_http::{Path, Problem};
use uuid::Uuid;

use super::ANY_ORIGIN;
use crate::http::credentials::CREDENTIAL;
use crate::http::state::CredentialsState;
use crate::store::issuing::credentials::{get_credential, get_document};

/// The signed credential. One that is not shared is answered as one that is not there.
pub(super) async fn show(
    State(state): State<CredentialsState>,
    Path(credential_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let read = async {
        let mut conn = state.writers.acquire().await?;
        let credential = get_credential(&mut conn, credential_id).await?;
        let document = get_document(&mut conn, credential_id).await?;
        Ok::<_, sqlx::Error>((credential.filter(|credential| credential.is_shared), document))
    };
    let (Some(_), Some(signed)) = read.await.map_err(|error| Problem::database(&error))? else {
        return Err(Problem::not_found("there is no such credential, or it is not shared"));
    };
    Ok(([ANY_ORIGIN], [(header::CONTENT_TYPE, CREDENTIAL)], signed.document).into_response())
}
