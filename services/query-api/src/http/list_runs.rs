//! `GET /api/v1/runs`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Problem, Query};
use lp_progress_store::read;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::catalogue::{Dates, Wanted, viewer};
use super::learner_run::EnrolmentState;

/// A run that learners can be enrolled in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Run)]
pub(super) struct RunBody {
    /// Its key.
    #[schema(example = "path-v1:OpenedX+DemoPath+2026+all")]
    run_key: String,
    /// The path's organisation.
    org: String,
    /// The path's number within the organisation.
    number: String,
    /// The path's title.
    title: String,
    /// What else is said of the path: subtitle, description, level, skills and so on.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// Its dates.
    dates: Dates,
    /// Whether learners may enrol themselves now, by its dates and unless only by invitation.
    open: bool,
    /// Number of the latest published revision of its definition.
    #[schema(minimum = 1)]
    revision: i32,
    /// When that was published.
    published_at: DateTime<Utc>,
    /// Where the caller's enrolment in it stands; null when there is none.
    enrolment_state: Option<EnrolmentState>,
}

impl RunBody {
    /// `began` is the beginning of the caller's attempt.
    pub(super) fn of(run: read::Run, began: Option<lp_domain::Timestamp>) -> Self {
        Self {
            run_key: run.run_key,
            org: run.org,
            number: run.number,
            title: run.title,
            details: run.details,
            dates: Dates::of(run.schedule, began),
            open: run.is_open,
            revision: run.latest_revision,
            published_at: run.published_at,
            enrolment_state: run.enrolment.map(Into::into),
        }
    }
}

impl From<read::Run> for RunBody {
    fn from(run: read::Run) -> Self {
        Self::of(run, None)
    }
}

/// The runs that the caller sees: of public paths those that are not archived; of private paths, and of those to which learners
/// are only invited, who is enrolled in one of their runs, who manages them, administrators and auditors see them too.
#[utoipa::path(
    get,
    path = "/api/v1/runs",
    tag = "runs",
    params(Wanted),
    responses(
        (status = 200, description = "A page of runs.", body = Page<RunBody>),
        (status = "4XX", description = "400 when a parameter or the cursor is malformed, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_runs(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<RunBody>>, Problem> {
    let viewer = viewer(&caller).await?;
    let limit = wanted.limit;
    let asked = wanted.asked()?;
    let found = async { read::list_runs(&mut *readers.acquire().await?, &viewer, &asked).await };
    let runs = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(runs, limit, |run| (asked.sort, run.place.clone())).map(Json)
}
