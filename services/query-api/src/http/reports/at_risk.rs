//! `GET /api/v1/reports/runs/{run_key}/at-risk`.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use lp_domain::RunKey;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Path, Permission, Problem, Query, Target};
use lp_progress_store::read;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Day, InactiveDays, today};

/// Which page of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// Days without a fact from which on a learner is inactive.
    #[serde(default)]
    #[param(value_type = u16, required = false, default = 14, minimum = 1, maximum = 3650)]
    inactive_days: InactiveDays,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// Why a learner may not finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// The due date has passed.
    Late,
    /// No fact for long.
    Inactive,
}

/// A learner who may not finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LearnerAtRisk)]
pub(super) struct AtRiskBody {
    /// LMS user id.
    #[schema(minimum = 1)]
    learner_id: i64,
    /// Why: one, or both.
    reasons: Vec<Reason>,
    /// Since when they are late; null when they are not.
    late_since: Option<DateTime<Utc>>,
    /// The day, of UTC, of their newest fact in the run, or of the beginning of their attempt if that is later.
    last_fact_on: NaiveDate,
}

impl From<read::AtRisk> for AtRiskBody {
    fn from(one: read::AtRisk) -> Self {
        let late = one.late_since.map(|_| Reason::Late);
        let inactive = one.is_inactive.then_some(Reason::Inactive);
        Self {
            learner_id: one.learner_id,
            reasons: late.into_iter().chain(inactive).collect(),
            late_since: one.late_since.map(lp_domain::Timestamp::get),
            last_fact_on: one.last_on,
        }
    }
}

/// The learners of a run who may not finish: of those who are active, in a run that has not closed, and have not completed it,
/// whoever is late, or of whom no fact is dated in the last `inactive_days` days. Whoever did nothing for longest first. Who may see
/// this may see each of these learners, so it does not hang on `LP_REPORT_MIN_GROUP`.
#[utoipa::path(
    get,
    path = "/api/v1/reports/runs/{run_key}/at-risk",
    tag = "reports",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
            example = "path-v1:OpenedX+DemoPath+2026+all"), Listing),
    responses(
        (status = 200, description = "A page of learners; empty when nobody is at risk, or there is no such run.", body = Page<AtRiskBody>),
        (status = "4XX", description = "400 when the key, a parameter or the cursor is malformed, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_at_risk(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<AtRiskBody>>, Problem> {
    caller.require(Permission::ReadProgress, Target::Org(run.org())).await?;
    let after: Option<(Day, i64)> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let after = after.map_or((NaiveDate::default(), 0), |(day, learner)| (day.get(), learner));
    let (since, limit) = (listing.inactive_days.since(today()), listing.limit.one_more());
    let found =
        async { read::list_at_risk(&mut *readers.acquire().await?, run.as_str(), since, after, limit).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(found, listing.limit, |one| (one.last_on, one.learner_id)).map(Json)
}
