//! One service's whole router, put together in one place so that none forgets a part.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;

use crate::auth::Auth;
use crate::health::{self, Checks};
use crate::layers::{self, Limits};
use crate::{docs, rate};

/// Renders the metrics of the process as Prometheus text.
pub type MetricsPage = Arc<dyn Fn() -> String + Send + Sync>;

/// What a service brings.
pub struct Api {
    /// Its routes, put behind the tokens and the limits.
    pub routes: Router,
    /// Routes for everybody, behind the limits alone: what they show must be meant for anybody.
    pub public: Router,
    /// Its OpenAPI document, served at `/openapi.json`.
    pub openapi: Option<utoipa::openapi::OpenApi>,
    /// What must be well for it to be ready.
    pub checks: Checks,
    /// Its metrics, served at `/metrics`.
    pub metrics: MetricsPage,
    /// Who may ask.
    pub auth: Auth,
    /// What it takes on.
    pub limits: Limits,
}

impl Api {
    /// The router: the service's routes behind [`Auth`] and limits; `/health/live`, `/health/ready`, `/metrics`,
    /// `/openapi.json`, `/docs/` and `/csrf/api/v1/token`, which tell nothing of learners, in the open and beyond the concurrency limit, so that a
    /// busy service is still seen to be alive.
    pub fn router(self) -> Router {
        let metrics = self.metrics;
        let mut open = health::routes(self.checks).route(
            "/metrics",
            get(move || {
                let page = metrics();
                async {
                    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
                        .into_response()
                }
            }),
        );
        if let Some(document) = &self.openapi {
            open = open.merge(docs::routes(document));
        }
        let bounded = rate::limited(self.routes, self.limits.requests_per_minute);
        let guarded = layers::limited(self.auth.guard(bounded).merge(self.public), &self.limits);
        let router = layers::around(guarded.merge(open).merge(self.auth.open_routes()));
        match self.auth.cors() {
            Some(cors) => router.layer(cors),
            None => router,
        }
    }
}
