//! Reports on runs, for those who manage paths: from counts that are kept, never from rows of learners.

mod asked;
mod at_risk;
mod compare;
mod figures;
mod items;
mod min_group;
mod run;
mod summary;
mod trend;
mod wide;

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use min_group::MinGroup;

use super::QueryState;

pub(super) fn routes() -> OpenApiRouter<QueryState> {
    OpenApiRouter::new()
        .routes(routes!(run::report_run))
        .routes(routes!(at_risk::list_at_risk))
        .routes(routes!(wide::report_path))
        .routes(routes!(wide::report_org))
        .routes(routes!(compare::compare_runs))
}

impl FromRef<QueryState> for MinGroup {
    fn from_ref(state: &QueryState) -> Self {
        state.min_group
    }
}
