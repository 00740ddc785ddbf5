//! Awards over HTTP, read-only.

mod award;
mod get_award;
mod list_awards;

use lp_http::{Api, Auth, Checks, Limits, MetricsPage, TokenScheme};
use sqlx::PgPool;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::store;

pub use award::AwardBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Learning Paths: credentials",
        description = "Awards from path completions. Errors are problem documents (RFC 9457). No personal data \
                       but LMS user ids.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags((name = "awards", description = "One award a path completion; revoked when the completion is.")),
    security(("token" = []), ("cookie" = [])),
    modifiers(&TokenScheme)
)]
struct Document;

fn documented() -> OpenApiRouter<PgPool> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list_awards::list_awards))
        .routes(routes!(get_award::get_award))
}

/// The OpenAPI document, as it is served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The service's whole router: `readers` are connections that only read, `checks` what else must be well.
#[must_use]
pub fn api(readers: PgPool, checks: Checks, metrics: MetricsPage, auth: Auth, limits: Limits) -> Api {
    let (routes, openapi) = documented().with_state(readers.clone()).split_for_parts();
    let checks = checks.with("postgres", move || {
        let readers = readers.clone();
        async move {
            let checked = async { store::check(&mut *readers.acquire().await?).await };
            checked.await.map_err(|error| {
                lp_postgres::in_words(&error, store::READER_ROLE, "LP_CREDENTIALS_DATABASE_URL")
            })
        }
    });
    Api { routes, openapi: Some(openapi), checks, metrics, auth, limits }
}
