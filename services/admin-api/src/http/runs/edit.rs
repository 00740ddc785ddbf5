//! `PATCH /api/v1/runs/{run_key}`.

use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use lp_domain::{RunKey, RunPolicy, Schedule};
use lp_http::conditional::{etag, if_match};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun, RunEdit};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::RunBody;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

/// What is to be changed of a run; what is not given stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunEdit)]
pub(crate) struct RunEditBody {
    /// How it is to judge.
    #[serde(default)]
    policy: Option<RunPolicy>,
    /// Its dates, all of them.
    #[serde(default)]
    schedule: Option<Schedule>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Edit {
    key: RunKey,
    to: RunEdit,
    expected: i64,
}

impl Change for Edit {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        authoring::edit_run(conn, by, &self.key, &self.to, self.expected).await
    }
}

/// Changes how a run judges, and its dates. Its learners are judged anew soon after.
#[utoipa::path(
    patch,
    path = "/api/v1/runs/{run_key}",
    tag = "runs",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("if-match" = String, Header, description = "The `ETag` of what is edited.")
    ),
    request_body = RunEditBody,
    responses(
        (status = 200, description = "The run as it is now.", body = RunBody,
         headers(("etag" = String, description = "Its version."))),
        Refusals,
    )
)]
pub(crate) async fn edit_run(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(body): Json<RunEditBody>,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let expected = if_match(&headers)?;
    let to = RunEdit { policy: body.policy, schedule: body.schedule };
    let run = asked.change(body.reason, Edit { key, to, expected }).await?;
    Ok(([(header::ETAG, etag(run.version))], Json(RunBody::from(run))))
}
