//! Liveness and readiness.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

type Outcome = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
type Check = Arc<dyn Fn() -> Outcome + Send + Sync>;

/// How long one check may take.
const CHECK_DEADLINE: Duration = Duration::from_secs(2);

/// What must be well for a service to be ready, each with a name.
#[derive(Clone, Default)]
pub struct Checks(Vec<(&'static str, Check)>);

impl Checks {
    /// No check: always ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check. It answers `Err` with a reason in plain words, without personal data and without addresses.
    #[must_use]
    pub fn with<F, Fut>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.0.push((name, Arc::new(move || Box::pin(check()))));
        self
    }

    async fn run(&self) -> Report {
        let mut running = tokio::task::JoinSet::new();
        for (name, check) in &self.0 {
            let (name, outcome) = (*name, check());
            running.spawn(async move {
                let outcome = tokio::time::timeout(CHECK_DEADLINE, outcome).await;
                (name, outcome.unwrap_or_else(|_| Err("no answer in time".into())))
            });
        }
        let mut checks: BTreeMap<_, _> =
            self.0.iter().map(|(name, _)| (*name, String::from("the check failed"))).collect();
        let mut ready = true;
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok((name, Ok(()))) => {
                    checks.insert(name, "ok".into());
                }
                Ok((name, Err(reason))) => {
                    ready = false;
                    checks.insert(name, reason);
                }
                Err(_) => ready = false,
            }
        }
        Report { status: if ready { "ready" } else { "not ready" }, checks }
    }
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    checks: BTreeMap<&'static str, String>,
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        let status = if self.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, axum::Json(self)).into_response()
    }
}

/// `/health/live` (the process runs) and `/health/ready` (it can do its work).
pub(crate) fn routes(checks: Checks) -> Router {
    Router::new()
        .route("/health/live", get(async || axum::Json(serde_json::json!({ "status": "live" }))))
        .route(
            "/health/ready",
            get(move || {
                let checks = checks.clone();
                async move { checks.run().await }
            }),
        )
}
