//! `POST /api/v1/facts`.

use lp_http::{Permission, Problem, Query, Upload};
use lp_progress_store::jobs::NewJob;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::row::{Defaults, FactRows, read};
use crate::http::asked::{Asked, Made};
use crate::http::bodies::Refusals;
use crate::http::jobs::{self, JobBody};
use crate::http::{now, refusal};

/// What holds for all rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FactsParameters {
    /// Whether only to say what would become of each row.
    #[serde(default)]
    dry_run: bool,
    /// For the audit log, and for rows that have none of their own.
    #[serde(default)]
    #[param(max_length = 1000)]
    reason: Option<String>,
}

/// Takes up to 100,000 facts in, as a job: what learners did before the bus was there, what they did elsewhere, and overrides. They
/// count like any other fact, by their own date. Whoever asks must manage the organisations of all contexts.
#[utoipa::path(
    post,
    path = "/api/v1/facts",
    tag = "facts",
    params(
        FactsParameters,
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body(
        description = "A JSON document, a fact a line, or a table whose first line names its columns.",
        content(
            (FactRows = "application/json"),
            (String = "application/x-ndjson", example = "{\"user_id\": 1001, \"context_key\": \"course-v1:OpenedX+SQL101+2026\", \"kind\": \"grade\", \"value\": 0.85}\n"),
            (String = "text/csv", example = "user_id,context_key,kind,value\n1001,course-v1:OpenedX+SQL101+2026,grade,0.85\n")
        )
    ),
    responses(
        (status = 201, description = "The job.", body = JobBody,
         headers(("location" = String, description = "Where to see how far it is."))),
        Refusals,
    )
)]
pub(crate) async fn import_facts(
    asked: Asked,
    Query(FactsParameters { dry_run, reason }): Query<FactsParameters>,
    upload: Upload,
) -> Result<Made, Problem> {
    asked.caller.reach(Permission::RecordFacts).await?;
    let now = now().map_err(|error| refusal::problem(error.into()))?;
    let rows = read(&upload, &Defaults { reason: reason.as_deref(), now })?;
    let job = NewJob { job_id: Uuid::now_v7(), dry_run, into_courses: false, rows };
    jobs::stage(asked, Permission::RecordFacts, &upload, reason, job).await
}
