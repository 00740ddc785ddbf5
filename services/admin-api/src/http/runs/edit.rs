//! `PATCH /api/v1/runs/{run_key}`.

use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use lp_domain::{RunKey, RunPolicy};
use lp_http::conditional::{etag, if_match};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::RunBody;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

/// What is to be changed of a run.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunEdit {
    /// How it is to judge.
    policy: RunPolicy,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Edit {
    key: RunKey,
    policy: RunPolicy,
    expected: i64,
}

impl Change for Edit {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        authoring::edit_policy(conn, by, &self.key, &self.policy, self.expected).await
    }
}

/// Changes how a run judges. Its learners are judged anew soon after.
#[utoipa::path(
    patch,
    path = "/api/v1/runs/{run_key}",
    tag = "runs",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("if-match" = String, Header, description = "The `ETag` of what is edited.")
    ),
    request_body = RunEdit,
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
    Json(edit): Json<RunEdit>,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let expected = if_match(&headers)?;
    let run = asked.change(edit.reason, Edit { key, policy: edit.policy, expected }).await?;
    Ok(([(header::ETAG, etag(run.version))], Json(RunBody::from(run))))
}
