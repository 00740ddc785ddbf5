//! `POST /api/v1/runs/{run_key}/clone`.

use std::collections::BTreeMap;

use lp_domain::{ContextKey, RunKey};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::{RunBody, made};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals};

/// What the new run is to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloneRun {
    /// Its key.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2027+open")]
    run_key: RunKey,
    /// Contexts of the run that is cloned, and those that take their place: course runs of this year by those of the next.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>,
             example = json!({"course-v1:OpenedX+SQL101+2026": "course-v1:OpenedX+SQL101+2027"}))]
    replace: BTreeMap<ContextKey, ContextKey>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Clone {
    source: RunKey,
    key: RunKey,
    replace: BTreeMap<ContextKey, ContextKey>,
}

impl Change for Clone {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        authoring::clone_run(conn, by, &self.source, &self.key, &self.replace).await
    }
}

/// Makes a run that judges as this one does, with a draft of this one's latest revision in which contexts are replaced. It has no
/// dates yet.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/clone",
    tag = "runs",
    params(
        ("run_key" = String, Path, description = "The key of the run that is cloned, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body = CloneRun,
    responses(
        (status = 201, description = "The new run.", body = RunBody,
         headers(("location" = String, description = "Where it is."), ("etag" = String, description = "Its version."))),
        Refusals,
    )
)]
pub(crate) async fn clone_run(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<CloneRun>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    asked.caller.require(Permission::ManagePaths, Target::Org(new.run_key.org())).await?;
    let clone = Clone { source: key, key: new.run_key.clone(), replace: new.replace.clone() };
    asked.make(new.reason.clone(), &new, clone, made).await
}
