//! `POST /api/v1/paths/{org}/{number}/archive` and `…/restore`.

use axum::http::header;
use axum::response::IntoResponse;
use lp_domain::PathId;
use lp_http::conditional::etag;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedPath};
use sqlx::PgConnection;

use super::body::{PathBody, id};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};

struct Archive {
    id: PathId,
    archived: bool,
}

impl Change for Archive {
    type Done = ManagedPath;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedPath, AuthoringError> {
        authoring::archive_path(conn, by, &self.id, self.archived).await
    }
}

/// Archives a path: neither it nor a run of it is listed or open to anybody new. Its learners go on, and earn what they earn.
#[utoipa::path(
    post,
    path = "/api/v1/paths/{org}/{number}/archive",
    tag = "paths",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA")
    ),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The path as it is now; done again, nothing changes.", body = PathBody),
        Refusals,
    )
)]
pub(crate) async fn archive_path(
    asked: Asked,
    Path((org, number)): Path<(String, String)>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<impl IntoResponse, Problem> {
    change(asked, id(&org, &number)?, reason, true).await
}

/// Restores an archived path.
#[utoipa::path(
    post,
    path = "/api/v1/paths/{org}/{number}/restore",
    tag = "paths",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA")
    ),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The path as it is now; done again, nothing changes.", body = PathBody),
        Refusals,
    )
)]
pub(crate) async fn restore_path(
    asked: Asked,
    Path((org, number)): Path<(String, String)>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<impl IntoResponse, Problem> {
    change(asked, id(&org, &number)?, reason, false).await
}

async fn change(
    asked: Asked,
    id: PathId,
    reason: Option<Json<Reason>>,
    archived: bool,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(id.org())).await?;
    let reason = reason.and_then(|Json(body)| body.reason);
    let path = asked.change(reason, Archive { id, archived }).await?;
    Ok(([(header::ETAG, etag(path.version))], Json(PathBody::from(path))))
}
