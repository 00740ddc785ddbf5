//! What everybody may see: credentials that learners share, and what it takes to check them.

mod achievement;
mod credential;
mod did;
mod image;
mod list;
mod page;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;

use super::state::CredentialsState;

/// For pages of all origins: nothing of it is anybody's in particular.
const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

pub(super) fn routes() -> Router<CredentialsState> {
    Router::new()
        .route("/.well-known/did.json", get(did::document))
        .route("/did.json", get(did::document))
        .route("/credentials/{credential_id}", get(credential::show))
        .route("/credentials/{credential_id}/{file}", get(credential::download))
        .route("/achievements/{run_key}/revisions/{revision}", get(achievement::show))
        .route("/status/{purpose}/{list_id}", get(list::show))
        .route("/images/{digest}", get(image::show))
}
