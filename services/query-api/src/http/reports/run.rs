//! `GET /api/v1/reports/runs/{run_key}`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::read::{self, By, Measure};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::asked::{Asked, today};
use super::figures::Tally;
use super::items::{ItemFigures, items};
use super::min_group::MinGroup;
use super::summary::Summary;
use super::trend::{AtRiskCounts, TrendDay, trend};

/// Learners who are judged by one revision.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RevisionSummary {
    /// Its number.
    #[schema(minimum = 1)]
    revision: i64,
    #[serde(flatten)]
    summary: Summary,
}

/// A report on a run. Days are those of UTC.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RunReport {
    /// The run's key.
    #[schema(example = "path-v1:OpenedX+DemoPath+2026+all")]
    run_key: String,
    /// The path's title.
    title: String,
    /// Learners are just being counted anew, as the run judges by another rule than before: counts move until that is done.
    is_moving: bool,
    #[serde(flatten)]
    summary: Summary,
    /// The same by the revision that learners are judged by. What is hidden in one, or above, is hidden in all of them.
    revisions: Vec<RevisionSummary>,
    /// The items, those of the latest revision with learners first.
    items: Vec<ItemFigures>,
    /// The ids of up to three items at which most learners wait.
    bottlenecks: Vec<String>,
    /// Who may not finish.
    at_risk: AtRiskCounts,
    /// What happened in the period, on days on which something did; of the last 366 days of it at most.
    trend: Vec<TrendDay>,
}

/// A report on a run: how many came, began, finished and how fast; where they are; who is at risk; day by day. It costs the same
/// for a million learners as for one. Counts of groups smaller than `LP_REPORT_MIN_GROUP` are null, for everybody, and so is
/// what they would follow from; who compares many overlapping periods may still learn of small groups.
#[utoipa::path(
    get,
    path = "/api/v1/reports/runs/{run_key}",
    tag = "reports",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
            example = "path-v1:OpenedX+DemoPath+2026+all"), Asked),
    responses(
        (status = 200, description = "The report.", body = RunReport),
        (status = "4XX", description = "400 when the key or a parameter is malformed, 401 without a token, 403 when it does not allow this, 404 when \
                                        there is no such run.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report_run(
    State(readers): State<PgPool>,
    State(min_group): State<MinGroup>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(asked): Query<Asked>,
) -> Result<Json<RunReport>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(run.org())).await?;
    let period = asked.period()?;
    let found = async {
        let mut conn = readers.acquire().await?;
        let Some(found) = read::reported_run(&mut conn, run.as_str()).await? else { return Ok(None) };
        let counts = read::counts(&mut conn, &[found.run_id], period, &ALL, By::Revision).await?;
        Ok(Some((found, counts)))
    };
    let found = found.await.map_err(|error: sqlx::Error| Problem::database(&error))?;
    let (found, counts) = found.ok_or_else(|| Problem::not_found("there is no run of this key"))?;
    let (summary, revisions) = summaries(&counts, min_group);
    let (items, bottlenecks) = items(&found, &counts, min_group);
    let (today, inactive) = (today(), asked.inactive_days);
    Ok(Json(RunReport {
        run_key: run.to_string(),
        title: found.title,
        is_moving: found.is_moving,
        summary,
        revisions,
        items,
        bottlenecks,
        at_risk: AtRiskCounts::of(&counts, inactive.since(today), inactive.0, min_group),
        trend: trend(&counts, period.to.min(today), min_group),
    }))
}

const ALL: [Measure; 9] = [
    Measure::Enrolled,
    Measure::Started,
    Measure::StartedOn,
    Measure::CompletedOn,
    Measure::Days,
    Measure::ItemStarted,
    Measure::ItemCompleted,
    Measure::NextItem,
    Measure::Open,
];

fn summaries(counts: &[read::Count], min_group: MinGroup) -> (Summary, Vec<RevisionSummary>) {
    let whole = Summary::of(&Tally::of(counts), min_group);
    let mut revisions: Vec<RevisionSummary> = Tally::by_part(counts)
        .into_iter()
        .map(|(revision, tally)| RevisionSummary { revision, summary: Summary::of(&tally, min_group) })
        .collect();
    Summary::level(whole.clone(), &mut revisions.iter_mut().map(|one| &mut one.summary).collect::<Vec<_>>());
    (whole, revisions)
}
