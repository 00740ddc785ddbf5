//! `PATCH /api/v1/paths/{org}/{number}`.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use lp_domain::PathDetails;
use lp_http::conditional::{etag, if_match};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedPath};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use super::body::{PathBody, id, title_is_wrong};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals, is_title};
use crate::http::refusal::problem;

/// What is to be changed of a path; what is not given stays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathEdit {
    /// The title.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    title: Option<String>,
    /// Any of the details of a path.
    #[serde(default)]
    #[schema(value_type = Object)]
    details: Map<String, Value>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Edit(authoring::Path, i64);

impl Change for Edit {
    type Done = ManagedPath;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedPath, AuthoringError> {
        authoring::edit_path(conn, by, &self.0, self.1).await
    }
}

/// Changes a path's title and details.
#[utoipa::path(
    patch,
    path = "/api/v1/paths/{org}/{number}",
    tag = "paths",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA"),
        ("if-match" = String, Header, description = "The `ETag` of what is edited.")
    ),
    request_body = PathEdit,
    responses(
        (status = 200, description = "The path as it is now.", body = PathBody,
         headers(("etag" = String, description = "Its version."))),
        Refusals,
    )
)]
pub(crate) async fn edit_path(
    State(pool): State<PgPool>,
    asked: Asked,
    Path((org, number)): Path<(String, String)>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(edit): Json<PathEdit>,
) -> Result<impl IntoResponse, Problem> {
    let id = id(&org, &number)?;
    asked.caller.require(Permission::ManagePaths, Target::Org(&org)).await?;
    let expected = if_match(&headers)?;
    let found = async { authoring::get_path(&mut *pool.acquire().await?, &id).await };
    let before =
        found.await.map_err(problem)?.ok_or_else(|| problem(AuthoringError::UnknownPath(id.clone())))?;
    let title = edit.title.unwrap_or(before.path.title);
    if !is_title(&title) {
        return Err(title_is_wrong());
    }
    let details = merged(&before.path.details, edit.details)?;
    // Should it have changed since it was read, its version is not the expected one either.
    let edited = asked.change(edit.reason, Edit(authoring::Path { id, title, details }, expected)).await?;
    Ok(([(header::ETAG, etag(edited.version))], Json(PathBody::from(edited))))
}

fn merged(details: &PathDetails, edits: Map<String, Value>) -> Result<PathDetails, Problem> {
    let mut value = serde_json::to_value(details).map_err(|error| Problem::internal(&error))?;
    if let Some(details) = value.as_object_mut() {
        details.extend(edits);
    }
    serde_json::from_value(value).map_err(|error| Problem::unprocessable(format!("details: {error}")))
}
