//! `GET /api/v1/reports/paths/{org}/{number}` and `GET /api/v1/reports/orgs/{org}`.

use axum::extract::State;
use lp_domain::PathId;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::read::{self, By, Measure};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::asked::{Asked, today};
use super::figures::Tally;
use super::min_group::MinGroup;
use super::summary::Summary;
use super::trend::{AtRiskCounts, TrendDay, trend};

/// A report on all runs of a path or an organisation, archived ones too. Somebody who is in two of them counts twice.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct WideReport {
    /// How many runs.
    runs: usize,
    /// What is hidden in one of the runs is hidden here too, unless it is in several that are not too few together.
    #[serde(flatten)]
    summary: Summary,
    /// Who may not finish.
    at_risk: AtRiskCounts,
    /// What happened in the period, on days on which something did; of the last 366 days of it at most.
    trend: Vec<TrendDay>,
}

/// A report on all runs of a path. Measures are those of a run's report.
#[utoipa::path(
    get,
    path = "/api/v1/reports/paths/{org}/{number}",
    tag = "reports",
    params(("org" = String, Path, description = "The path's organisation.", example = "OpenedX"),
           ("number" = String, Path, description = "Its number within it.", example = "DemoPath"), Asked),
    responses(
        (status = 200, description = "The report.", body = WideReport),
        (status = "4XX", description = "400 when a part of the address or a parameter is malformed, 401 without a token, 403 when it does not allow \
                                        this, 404 when there is no such path.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report_path(
    State(readers): State<PgPool>,
    State(min_group): State<MinGroup>,
    caller: Caller,
    Path((org, number)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Json<WideReport>, Problem> {
    let path = PathId::new(&org, &number).map_err(|error| Problem::invalid_path(error.to_string()))?;
    caller.require(Permission::ReadManagement, Target::Org(path.org())).await?;
    report(&readers, min_group, (path.org(), Some(path.number())), &asked).await
}

/// A report on all runs of an organisation's paths. Measures are those of a run's report.
#[utoipa::path(
    get,
    path = "/api/v1/reports/orgs/{org}",
    tag = "reports",
    params(("org" = String, Path, description = "The organisation.", example = "OpenedX"), Asked),
    responses(
        (status = 200, description = "The report.", body = WideReport),
        (status = "4XX", description = "400 when the organisation or a parameter is malformed, 401 without a token, 403 when it does not allow this, \
                                        404 when it has no path.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report_org(
    State(readers): State<PgPool>,
    State(min_group): State<MinGroup>,
    caller: Caller,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<WideReport>, Problem> {
    // An organisation is the first part of a key.
    let path = PathId::new(&org, "N").map_err(|error| Problem::invalid_path(error.to_string()))?;
    caller.require(Permission::ReadManagement, Target::Org(path.org())).await?;
    report(&readers, min_group, (path.org(), None), &asked).await
}

const ALL: [Measure; 6] = [
    Measure::Enrolled,
    Measure::Started,
    Measure::StartedOn,
    Measure::CompletedOn,
    Measure::Days,
    Measure::Open,
];

async fn report(
    readers: &PgPool,
    min_group: MinGroup,
    (org, number): (&str, Option<&str>),
    asked: &Asked,
) -> Result<Json<WideReport>, Problem> {
    let period = asked.period()?;
    let found = async {
        let mut conn = readers.acquire().await?;
        let Some(runs) = read::runs_of(&mut conn, org, number).await? else { return Ok(None) };
        let counts = read::counts(&mut conn, &runs, period, &ALL, By::All).await?;
        let by_run = read::counts(&mut conn, &runs, period, &Tally::MEASURES, By::Run).await?;
        Ok(Some((runs.len(), counts, by_run)))
    };
    let found = found.await.map_err(|error: sqlx::Error| Problem::database(&error))?;
    let (runs, counts, by_run) = found.ok_or_else(|| Problem::not_found("there is no such path"))?;
    let parts = Tally::by_part(&by_run);
    let parts: Vec<&Tally> = parts.values().collect();
    let summary = Summary::of_parts(&Tally::of(&counts), &parts, min_group);
    let (today, inactive) = (today(), asked.inactive_days);
    Ok(Json(WideReport {
        runs,
        summary,
        at_risk: AtRiskCounts::of(&counts, inactive.since(today), inactive.0, min_group),
        trend: trend(&counts, period.to.min(today), min_group),
    }))
}
