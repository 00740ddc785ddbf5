//! `POST /api/v1/runs/{run_key}/publish`.

use axum::http::HeaderMap;
use lp_domain::RunKey;
use lp_http::conditional::if_match;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Reason, Refusals, address};

/// What was published.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Published {
    /// The number of the new revision.
    #[schema(minimum = 1)]
    revision: u32,
}

struct Publish(RunKey, i64);

impl Change for Publish {
    type Done = u32;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<u32, AuthoringError> {
        authoring::publish_draft(conn, by, &self.0, self.1).await
    }
}

/// Makes a run's draft its next revision, which never changes. Learners of a run that follows are judged by it soon after; those
/// of a pinned one stay on theirs.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/publish",
    tag = "revisions",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("if-match" = String, Header, description = "The `ETag` of the draft."),
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body = Option<Reason>,
    responses(
        (status = 201, description = "It is published; 422 with all that is wrong when it cannot be.", body = Published,
         headers(("location" = String, description = "Where the revision is."))),
        Refusals,
    )
)]
pub(crate) async fn publish(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    reason: Option<Json<Reason>>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let expected = if_match(&headers)?;
    let reason = reason.and_then(|Json(body)| body.reason);
    let run = key.clone();
    let made = move |revision: u32| {
        Ok(Made {
            location: Some(address(&["runs", run.as_str(), "revisions", &revision.to_string()])),
            etag: None,
            body: serde_json::to_value(Published { revision })?,
        })
    };
    asked.make(reason, &expected, Publish(key, expected), made).await
}
