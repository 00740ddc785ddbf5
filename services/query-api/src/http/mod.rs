//! Runs and learners' progress over HTTP, read-only.

mod catalogue;
mod consumers;
mod get_learner_run;
mod get_path;
mod get_run;
mod item;
mod learner_run;
mod list_learner_runs;
mod list_paths;
mod list_runs;
mod my_learning;
mod node;
mod reports;
mod roster;
mod state;
mod watch_learner_runs;

use axum::extract::FromRef as _;
use lp_http::{Api, Auth, Checks, Limits, MetricsPage, TokenScheme};
use lp_progress_store::read;
use sqlx::PgPool;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use reports::MinGroup;
pub use roster::Rosters;
pub use state::QueryState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Learning Paths: progress",
        description = "Path runs, and how far learners are in them. Errors are problem documents (RFC 9457). \
                       Learners are named by LMS user ids; those who manage paths are shown their names beside them. Keys of runs are \
                       percent-encoded in paths: they may hold spaces, `/`, `?`, `#` and more.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "runs", description = "What learners are enrolled in."),
        (name = "progress", description = "How far a learner is."),
        (name = "managers", description = "The learners of runs and paths."),
        (name = "operators", description = "How the consumers of events are doing."),
        (name = "reports", description = "How many came, began and finished, for those who manage paths.")
    ),
    // Named by others, and by no operation itself.
    components(schemas(lp_domain::Ratio)),
    security(("token" = []), ("cookie" = [])),
    modifiers(&TokenScheme)
)]
struct Document;

fn documented() -> OpenApiRouter<QueryState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list_paths::list_paths))
        .routes(routes!(get_path::get_path))
        .routes(routes!(list_runs::list_runs))
        .routes(routes!(get_run::get_run))
        .routes(routes!(my_learning::my_learning))
        .routes(routes!(list_learner_runs::list_learner_runs))
        .routes(routes!(get_learner_run::get_learner_run))
        .routes(routes!(roster::list_run_learners))
        .routes(routes!(roster::list_path_learners))
        .routes(routes!(roster::export_run_learners))
        .routes(routes!(roster::export_path_learners))
        .routes(routes!(consumers::list_consumers))
        .merge(reports::routes())
        .routes(routes!(watch_learner_runs::watch_learner_runs))
}

/// The OpenAPI document, as it is served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The service's whole router; `checks` are what else must be well.
#[must_use]
pub fn api(state: QueryState, checks: Checks, metrics: MetricsPage, auth: Auth, limits: Limits) -> Api {
    let readers = PgPool::from_ref(&state);
    let (routes, openapi) = documented().with_state(state).split_for_parts();
    let checks = checks.with("postgres", move || {
        let readers = readers.clone();
        async move {
            let checked = async { read::check(&mut *readers.acquire().await?).await };
            checked
                .await
                .map_err(|error| lp_postgres::in_words(&error, read::READER_ROLE, "LP_READER_DATABASE_URL"))
        }
    });
    Api { routes, public: axum::Router::new(), openapi: Some(openapi), checks, metrics, auth, limits }
}
