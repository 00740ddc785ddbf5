//! The plugin's routes.

mod address;
mod bulk;
mod change;
mod course;
mod detail;
mod enrolments;
mod fields;
mod grade;
mod learning_paths;
mod listing;
mod outside;
mod paging;
mod programs;
mod progress;
mod shape;
mod state;
mod steps;
mod visitor;

use axum::Router;
use axum::extract::FromRef as _;
use lp_http::{Api, Auth, Checks, Limits, MetricsPage, TokenScheme};
use sqlx::PgPool;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use state::PluginState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Learning Paths: the API of learning-paths-plugin",
        description = "What clients of OpenCraft's plugin ask for, answered as they expect it. New clients do better with the \
                       query and admin APIs. Errors are `{\"detail\": \"…\"}`. Keys are compared without case, exact ones \
                       first; `+` in an address is a plus. Unknown query parameters are ignored.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "paths", description = "Learning paths."),
        (name = "enrollments", description = "Who is in which."),
        (name = "programs", description = "Learning paths as course-discovery reads programs.")
    ),
    security(("token" = []), ("cookie" = [])),
    modifiers(&TokenScheme)
)]
struct Document;

fn documented() -> OpenApiRouter<PluginState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(programs::list_programs))
        .routes(routes!(programs::get_program))
        .routes(routes!(learning_paths::list_learning_paths))
        .routes(routes!(learning_paths::get_learning_path))
        .routes(routes!(progress::get_progress))
        .routes(routes!(grade::get_grade))
        .routes(routes!(enrolments::list_of_path, enrolments::enrol, enrolments::unenrol))
        .routes(routes!(course::enrol_in_course))
        .routes(routes!(listing::list_enrolments))
        .routes(routes!(bulk::bulk_enrol, bulk::bulk_unenrol))
}

/// The OpenAPI document, as it is served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The service's whole router; `checks` are what else must be well.
pub fn router(
    state: PluginState,
    checks: Checks,
    metrics: MetricsPage,
    auth: Auth,
    limits: Limits,
) -> Router {
    let pool = PgPool::from_ref(&state);
    let (routes, openapi) = documented().with_state(state).split_for_parts();
    let checks = checks.with("postgres", move || {
        let pool = pool.clone();
        async move {
            let checked = async { lp_progress_store::read::check(&mut *pool.acquire().await?).await };
            checked.await.map_err(|error| lp_postgres::in_words(&error, "lp_writer", "LP_DATABASE_URL"))
        }
    });
    outside::around(
        Api { routes, public: axum::Router::new(), openapi: Some(openapi), checks, metrics, auth, limits }
            .router(),
    )
}
