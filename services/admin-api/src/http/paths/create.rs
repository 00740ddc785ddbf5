//! `POST /api/v1/paths`.

use lp_domain::{PathDetails, PathId};
use lp_http::conditional::etag;
use lp_http::{Json, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedPath, Path};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::{PathBody, title_is_wrong};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals, address, is_title};

/// A path to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPath {
    /// The organisation, with which the keys of its runs begin.
    #[schema(example = "OpenedX")]
    org: String,
    /// The number within the organisation.
    #[schema(example = "DATA")]
    number: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    title: String,
    /// All else that is shown.
    #[serde(default)]
    details: PathDetails,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Create(Path);

impl Change for Create {
    type Done = ManagedPath;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedPath, AuthoringError> {
        authoring::create_path(conn, by, &self.0).await
    }
}

/// Makes a path.
#[utoipa::path(
    post,
    path = "/api/v1/paths",
    tag = "paths",
    params(("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")),
    request_body = NewPath,
    responses(
        (status = 201, description = "It was made.", body = PathBody,
         headers(("location" = String, description = "Where it is."), ("etag" = String, description = "Its version."))),
        Refusals,
    )
)]
pub(crate) async fn create_path(
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewPath>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(&new.org)).await?;
    let id = PathId::new(&new.org, &new.number).map_err(|error| Problem::unprocessable(error.to_string()))?;
    if !is_title(&new.title) {
        return Err(title_is_wrong());
    }
    let path = Path { id, title: new.title.clone(), details: new.details.clone() };
    let made = |managed: ManagedPath| {
        let (etag, id) = (etag(managed.version), managed.path.id.clone());
        Ok(Made {
            location: Some(address(&["paths", id.org(), id.number()])),
            etag: Some(etag),
            body: serde_json::to_value(PathBody::from(managed))?,
        })
    };
    asked.make(new.reason.clone(), &new, Create(path), made).await
}
