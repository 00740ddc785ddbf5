//! `GET /api/v1/runs`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Permission, Problem, Query};
use lp_progress_store::read;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::list_learner_runs::Listing;
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
    /// Number of the latest published revision of its definition.
    #[schema(minimum = 1)]
    revision: i32,
    /// When that was published.
    published_at: DateTime<Utc>,
}

impl From<read::Run> for RunBody {
    fn from(run: read::Run) -> Self {
        Self {
            run_key: run.run_key,
            org: run.org,
            number: run.number,
            title: run.title,
            details: run.details,
            revision: run.latest_revision,
            published_at: run.published_at,
        }
    }
}

/// The runs of public paths that are not archived, in the order of their keys.
#[utoipa::path(
    get,
    path = "/api/v1/runs",
    tag = "runs",
    params(Listing),
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
    Query(listing): Query<Listing>,
) -> Result<Json<Page<RunBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadCatalogue).await?.orgs();
    let after = listing.after()?;
    let after = after.as_ref().map(RunKey::as_str);
    let limit = listing.limit.one_more();
    let found =
        async { read::list_runs(&mut *readers.acquire().await?, orgs.as_deref(), after, limit).await };
    let runs = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(runs, listing.limit, |run| run.run_key.clone()).map(Json)
}
