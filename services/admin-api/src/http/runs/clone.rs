//! `POST /api/v1/runs/{run_key}/clone`.

use std::collections::BTreeMap;

use axum::extract::State;
use lp_domain::{ContextKey, Definition, RunKey, RunPolicy};
use lp_http::problem::{Kind, Place};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, ManagedRun};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use super::body::{RunBody, made};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

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
    key: RunKey,
    policy: RunPolicy,
    draft: Value,
}

impl Change for Clone {
    type Done = ManagedRun;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<ManagedRun, AuthoringError> {
        let run = authoring::create_run(conn, by, &self.key, &self.policy).await?;
        authoring::put_draft(conn, by, &self.key, &self.draft, None).await?;
        Ok(run)
    }
}

/// Makes a run that judges as this one does, with a draft of this one's latest revision in which contexts are replaced.
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
    State(pool): State<PgPool>,
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<CloneRun>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    asked.caller.require(Permission::ManagePaths, Target::Org(new.run_key.org())).await?;
    let found = async {
        let mut conn = pool.acquire().await?;
        let Some(run) = authoring::get_run(&mut conn, &key).await? else { return Ok(None) };
        let latest = authoring::get_revision(&mut conn, &key, run.latest_revision).await?;
        Ok(Some((run.policy, latest)))
    };
    let (policy, latest) =
        found.await.map_err(problem)?.ok_or_else(|| problem(AuthoringError::UnknownRun(key)))?;
    let nothing = || Problem::new(Kind::Conflict).with_detail("nothing of this run is published yet");
    let definition = replaced(latest.ok_or_else(nothing)?.definition, &new.replace)?;
    let draft = serde_json::to_value(definition).map_err(|error| Problem::internal(&error))?;
    let clone = Clone { key: new.run_key.clone(), policy, draft };
    asked.make(new.reason.clone(), &new, clone, made).await
}

fn replaced(
    mut definition: Definition,
    replace: &BTreeMap<ContextKey, ContextKey>,
) -> Result<Definition, Problem> {
    let unknown = replace.keys().filter(|old| !definition.contexts().any(|context| context == *old));
    let errors: Vec<Place> = unknown
        .map(|old| Place {
            pointer: format!("/replace/{}", old.as_str().replace('~', "~0").replace('/', "~1")),
            detail: "the run has no such context".into(),
        })
        .collect();
    if !errors.is_empty() {
        return Err(Problem::new(Kind::Unprocessable).with_errors(errors));
    }
    for item in &mut definition.items {
        for context in std::iter::once(&mut item.key).chain(&mut item.equivalents) {
            if let Some(new) = replace.get(context) {
                *context = new.clone();
            }
        }
    }
    Ok(definition)
}
