//! Awards and credentials over HTTP.

mod asked;
mod award;
mod bodies;
mod credentials;
mod files;
mod get_award;
mod images;
mod list_awards;
mod public;
mod shown;
mod state;
mod terms;

use axum::extract::{DefaultBodyLimit, FromRef as _};
use lp_http::{Api, Auth, Checks, Limits, MetricsPage, TokenScheme};
use sqlx::PgPool;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::store;

pub use award::AwardBody;
pub use state::{CredentialsState, Issuer};

/// The largest picture, in bytes.
const MAX_IMAGE_BYTES: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Learning Paths: credentials",
        description = "Awards from path completions, and the credentials that are issued for them. Errors are problem documents (RFC \
                       9457). Of learners no answer holds more than LMS user ids, but for the signed credential itself. What \
                       everybody may see needs no token: `/credentials/{id}` and its files, \
                       `/achievements/{run_key}/revisions/{revision}`, `/status/{purpose}/{list}`, `/images/{digest}` and \
                       `/.well-known/did.json`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "awards", description = "One award a path completion; revoked when the completion is."),
        (name = "credentials", description = "What is issued for awards: Open Badges 3.0."),
        (name = "definitions", description = "Who issues, and what.")
    ),
    security(("token" = []), ("cookie" = [])),
    modifiers(&TokenScheme)
)]
struct Document;

fn documented() -> OpenApiRouter<CredentialsState> {
    let images = OpenApiRouter::new()
        .routes(routes!(images::store_image))
        .layer(DefaultBodyLimit::max(MAX_IMAGE_BYTES));
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list_awards::list_awards))
        .routes(routes!(get_award::get_award))
        .routes(routes!(credentials::list_credentials))
        .routes(routes!(credentials::list_learner_credentials))
        .routes(routes!(credentials::download_archive))
        .routes(routes!(credentials::export_credentials))
        .routes(routes!(credentials::get_credential))
        .routes(routes!(credentials::get_document))
        .routes(routes!(credentials::get_file))
        .routes(routes!(credentials::share_credential))
        .routes(routes!(credentials::revoke_credential))
        .routes(routes!(credentials::suspend_credential))
        .routes(routes!(credentials::reinstate_credential))
        .routes(routes!(credentials::reissue_credential))
        .routes(routes!(terms::get_issuer, terms::put_issuer))
        .routes(routes!(terms::get_definition, terms::put_definition))
        .routes(routes!(terms::count_unissued_awards))
        .merge(images)
}

/// The OpenAPI document, as it is served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The service's whole router; `checks` are what else must be well.
#[must_use]
pub fn api(state: CredentialsState, checks: Checks, metrics: MetricsPage, auth: Auth, limits: Limits) -> Api {
    let readers = PgPool::from_ref(&state);
    let public = public::routes().with_state(state.clone());
    let (routes, openapi) = documented().with_state(state).split_for_parts();
    let checks = checks.with("postgres", move || {
        let readers = readers.clone();
        async move {
            let checked = async { store::check(&mut *readers.acquire().await?).await };
            checked.await.map_err(|error| {
                lp_postgres::in_words(&error, store::READER_ROLE, "LP_CREDENTIALS_DATABASE_URL")
            })
        }
    });
    Api { routes, public, openapi: Some(openapi), checks, metrics, auth, limits }
}
