//! `PUT /api/v1/runs/{run_key}/draft`.

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use lp_domain::RunKey;
use lp_http::conditional::if_match_or_none;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, AuthoringError, Draft};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::{DraftBody, answer};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

/// What the draft is to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// A definition: items, and the requirement over them. It is kept also when it is still wrong.
    #[schema(value_type = Object)]
    definition: Map<String, Value>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Put {
    key: RunKey,
    definition: Value,
    expected: Option<i64>,
}

impl Change for Put {
    type Done = Draft;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Draft, AuthoringError> {
        authoring::put_draft(conn, by, &self.key, &self.definition, self.expected).await
    }
}

/// Writes a run's draft.
#[utoipa::path(
    put,
    path = "/api/v1/runs/{run_key}/draft",
    tag = "drafts",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("if-match" = Option<String>, Header, description = "The `ETag` of the draft that is replaced."),
        ("if-none-match" = Option<String>, Header, description = "`*` where there is no draft yet.")
    ),
    request_body = NewDraft,
    responses(
        (status = 200, description = "The draft as it is now, with all that is still wrong with it.", body = DraftBody,
         headers(("etag" = String, description = "Its version, for edits and for publication."))),
        Refusals,
    )
)]
pub(crate) async fn put_draft(
    asked: Asked,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(new): Json<NewDraft>,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManagePaths, Target::Org(key.org())).await?;
    let expected = if_match_or_none(&headers)?;
    let put = Put { key, definition: Value::Object(new.definition), expected };
    asked.change(new.reason, put).await.map(answer)
}
