//! `POST /api/v1/runs`.

use lp_domain::{RunKey, RunPolicy, Schedule};
use lp_http::{Json, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun, RunEdit};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::{RunBody, made};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals};

/// A run to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRun {
    /// Its key, which begins with that of its path.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: RunKey,
    /// How it judges.
    #[serde(default)]
    policy: RunPolicy,
    /// Its dates.
    #[serde(default)]
    schedule: Option<Schedule>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Create {
    key: RunKey,
    policy: RunPolicy,
    schedule: Option<Schedule>,
}

impl Change for Create {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        let made = authoring::create_run(conn, by, &self.key, &self.policy).await?;
        let dated = RunEdit { policy: None, schedule: self.schedule.clone() };
        authoring::edit_run(conn, by, &self.key, &dated, made.version).await
    }
}

/// Makes a run of a path. Nobody sees it before its first revision is published.
#[utoipa::path(
    post,
    path = "/api/v1/runs",
    tag = "runs",
    params(("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")),
    request_body = NewRun,
    responses(
        (status = 201, description = "It was made.", body = RunBody,
         headers(("location" = String, description = "Where it is."), ("etag" = String, description = "Its version."))),
        Refusals,
    )
)]
pub(crate) async fn create_run(
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewRun>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(new.run_key.org())).await?;
    let create =
        Create { key: new.run_key.clone(), policy: new.policy.clone(), schedule: new.schedule.clone() };
    asked.make(new.reason.clone(), &new, create, made).await
}
