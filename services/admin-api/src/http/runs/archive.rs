//! `POST /api/v1/runs/{run_key}/archive` and `…/restore`.

use axum::http::header;
use axum::response::IntoResponse;
use lp_domain::RunKey;
use lp_http::conditional::etag;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun};
use sqlx::PgConnection;

use super::body::RunBody;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};

struct Archive {
    key: RunKey,
    archived: bool,
}

impl Change for Archive {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        authoring::archive_run(conn, by, &self.key, self.archived).await
    }
}

/// Archives a run: it is not listed and open to nobody new. Its learners go on, and earn what they earn.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/archive",
    tag = "runs",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The run as it is now; done again, nothing changes.", body = RunBody),
        Refusals,
    )
)]
pub(crate) async fn archive_run(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<impl IntoResponse, Problem> {
    change(asked, key, reason, true).await
}

/// Restores an archived run.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/restore",
    tag = "runs",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The run as it is now; done again, nothing changes.", body = RunBody),
        Refusals,
    )
)]
pub(crate) async fn restore_run(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<impl IntoResponse, Problem> {
    change(asked, key, reason, false).await
}

async fn change(
    asked: Asked,
    key: RunKey,
    reason: Option<Json<Reason>>,
    archived: bool,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let reason = reason.and_then(|Json(body)| body.reason);
    let run = asked.change(reason, Archive { key, archived }).await?;
    Ok(([(header::ETAG, etag(run.version))], Json(RunBody::from(run))))
}
