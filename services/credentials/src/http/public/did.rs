//! `GET /.well-known/did.json`: the issuer's keys. `GET /did.json` where the issuer's address has a path.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use lp_http::Problem;
use lp_open_badges::{KeyError, PublicKey};
use sqlx::PgPool;

use super::ANY_ORIGIN;
use crate::http::state::CredentialsState;
use crate::store::issuing::keys::{KeyState, list_keys};

/// The key that signs now, and all that signed before but for those that others may have.
pub(super) async fn document(
    State(state): State<CredentialsState>,
    State(readers): State<PgPool>,
) -> Result<impl IntoResponse, Problem> {
    let site = state.site()?;
    let keys = async { list_keys(&mut *readers.acquire().await?).await };
    let keys = keys.await.map_err(|error| Problem::database(&error))?;
    let of = |state: KeyState| -> Result<Vec<PublicKey>, KeyError> {
        keys.iter()
            .filter(|key| key.state == state)
            .map(|key| PublicKey::from_multibase(&key.public_key))
            .collect()
    };
    let broken = |error: KeyError| Problem::internal(&error);
    let (current, former) = (of(KeyState::Current).map_err(broken)?, of(KeyState::Former).map_err(broken)?);
    let Some(current) = current.first() else { return Err(Problem::not_found("there is no key yet")) };
    let document = site.did().document(current, &former);
    let text = serde_json::to_string(&document).map_err(|error| Problem::internal(&error))?;
    let cache = (header::CACHE_CONTROL, "public, max-age=300");
    Ok(([ANY_ORIGIN], [(header::CONTENT_TYPE, "application/json"), cache], text))
}
