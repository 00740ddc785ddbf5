//! `GET /api/v1/jobs/{job_id}/result`.

use axum::extract::State;
use axum::response::Response;
use futures::stream;
use lp_http::{Caller, Path, Problem, Query, csv};
use lp_progress_store::StoreError;
use lp_progress_store::jobs::{self, JobRow};
use sqlx::PgPool;
use uuid::Uuid;

use super::get::find;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// Rows that are read at once.
const PORTION: i64 = 1_000;

const COLUMNS: [&str; 8] =
    ["row", "outcome", "detail", "run_key", "context_key", "action", "user_id", "invitation_id"];

/// The rows of a job that are done, as a table: in the order in which they were sent, whose numbers they have.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{job_id}/result",
    tag = "jobs",
    params(("job_id" = Uuid, Path, description = "The job's id.")),
    responses((status = 200, description = "All rows.", body = String, content_type = "text/csv",
         example = "row,outcome,detail,run_key,context_key,action,user_id,invitation_id\n1,enrolled,,path-v1:OpenedX+DATA+2026+open,,enrol,1001,\n"), Refusals)
)]
pub(crate) async fn job_result(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(job_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    find(&pool, &caller, job_id).await?;
    // What cannot be read at all is told as a problem; what breaks later cuts the answer off.
    let first = portion(&pool, job_id, 0).await.map_err(|error| problem(error.into()))?;
    let rest = stream::try_unfold(Some(first), move |rows| {
        let pool = pool.clone();
        async move {
            let Some(rows) = rows else { return Ok::<_, anyhow::Error>(None) };
            let text = csv::rows(rows.iter().map(row))?;
            let next = match rows.last() {
                Some(last) => Some(portion(&pool, job_id, last.row_number).await?),
                None => None,
            };
            Ok(Some((text, next)))
        }
    });
    csv::attachment("job.csv", COLUMNS, rest)
}

async fn portion(pool: &PgPool, job_id: Uuid, after: u32) -> Result<Vec<JobRow>, StoreError> {
    jobs::job_rows(&mut *pool.acquire().await?, job_id, None, after, PORTION).await
}

fn row(row: &JobRow) -> [String; 8] {
    let text = |text: &Option<String>| csv::plain(text.as_deref().unwrap_or_default());
    [
        row.row_number.to_string(),
        csv::plain(&row.outcome),
        text(&row.detail),
        text(&row.run_key),
        text(&row.context_key),
        text(&row.action),
        row.learner_id.map(|id| id.to_string()).unwrap_or_default(),
        row.invitation_id.map(|id| id.to_string()).unwrap_or_default(),
    ]
}
