//! `GET /api/v1/paths`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Problem, Query};
use lp_progress_store::read;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::catalogue::{Wanted, viewer};

/// A path.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Path)]
pub(super) struct PathBody {
    /// `{org}+{number}`.
    #[schema(example = "OpenedX+DemoPath")]
    path_key: String,
    /// Its organisation.
    org: String,
    /// Its number within the organisation.
    number: String,
    /// Its title.
    title: String,
    /// What else is said of it: subtitle, description, label, level, duration, time commitment, skills and so on.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// How many runs of it are published and not archived.
    #[schema(minimum = 0)]
    run_count: i64,
    /// Whether learners may enrol themselves in one of them now.
    open: bool,
    /// Whether the caller is enrolled in one of them.
    enrolled: bool,
    /// When the newest of their revisions was published.
    published_at: Option<DateTime<Utc>>,
    /// Whether it is archived: open to nobody new.
    archived: bool,
}

impl From<read::Path> for PathBody {
    fn from(path: read::Path) -> Self {
        Self {
            path_key: path.key,
            org: path.org,
            number: path.number,
            title: path.title,
            details: path.details,
            run_count: path.runs,
            open: path.is_open,
            enrolled: path.is_enrolled,
            published_at: path.published_at,
            archived: path.is_archived,
        }
    }
}

/// The paths that the caller sees, with a run that is published and not archived: public ones; private ones, and those to which
/// learners are only invited, are seen by who is enrolled in one of their runs, who manages them, administrators and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/paths",
    tag = "runs",
    params(Wanted),
    responses(
        (status = 200, description = "A page of paths.", body = Page<PathBody>),
        (status = "4XX", description = "400 when a parameter or the cursor is malformed, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_paths(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PathBody>>, Problem> {
    let viewer = viewer(&caller).await?;
    let limit = wanted.limit;
    let asked = wanted.asked()?;
    let found = async { read::list_paths(&mut *readers.acquire().await?, &viewer, &asked).await };
    let paths = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(paths, limit, |path| (asked.sort, path.place.clone())).map(Json)
}
