//! `GET /api/v1/reports/compare`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Permission, Problem, Query, Target};
use lp_progress_store::read::{self, By};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Day};
use super::figures::Tally;
use super::min_group::MinGroup;
use super::summary::Summary;

/// How many runs are compared at once.
const MOST: usize = 10;

/// Which runs, and which of their learners.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Compared {
    /// The keys of two to ten runs, separated by commas; a comma within a key is written twice.
    #[param(example = "path-v1:OpenedX+DemoPath+2025+all,path-v1:OpenedX+DemoPath+2026+all")]
    runs: String,
    /// The first day of the period, of UTC, in which learners were enrolled. Without it, from the beginning.
    #[param(value_type = Option<chrono::NaiveDate>, example = "2026-01-01")]
    from: Option<Day>,
    /// The last day of the period. Without it, until now.
    #[param(value_type = Option<chrono::NaiveDate>, example = "2026-12-31")]
    to: Option<Day>,
}

impl Compared {
    fn keys(&self) -> Result<Vec<RunKey>, Problem> {
        let bad = || Problem::invalid_query(format!("`runs` are the keys of 2 to {MOST} different runs"));
        let mut keys = Vec::new();
        // U+0000 is in no key, and in no parameter.
        for key in self.runs.replace(",,", "\0").split(',').take(MOST + 1) {
            let key = RunKey::parse(&key.replace('\0', ",")).map_err(|_| bad())?;
            if keys.contains(&key) {
                return Err(bad());
            }
            keys.push(key);
        }
        if (2..=MOST).contains(&keys.len()) { Ok(keys) } else { Err(bad()) }
    }
}

/// One run of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct ComparedRun {
    /// Its key.
    #[schema(example = "path-v1:OpenedX+DemoPath+2026+all")]
    run_key: String,
    /// The path's title.
    title: String,
    #[serde(flatten)]
    summary: Summary,
}

/// Runs beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Comparison {
    /// In the order in which they were asked for.
    runs: Vec<ComparedRun>,
}

/// Runs beside each other, by those of their learners who were enrolled in the period. Measures are those of a run's report, which
/// compares the revisions of one run.
#[utoipa::path(
    get,
    path = "/api/v1/reports/compare",
    tag = "reports",
    params(Compared),
    responses(
        (status = 200, description = "The comparison.", body = Comparison),
        (status = "4XX", description = "400 when a parameter is malformed, 401 without a token, 403 when it does not allow this for all of the runs, \
                                        404 when one of them does not exist.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn compare_runs(
    State(readers): State<PgPool>,
    State(min_group): State<MinGroup>,
    caller: Caller,
    Query(compared): Query<Compared>,
) -> Result<Json<Comparison>, Problem> {
    // Who may see nothing anywhere is told so whatever they ask.
    caller.reach(Permission::ReadManagement).await?;
    let keys = compared.keys()?;
    for key in &keys {
        caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    }
    let period = Asked::within(compared.from, compared.to)?;
    let found = async {
        let mut conn = readers.acquire().await?;
        let mut runs = Vec::with_capacity(keys.len());
        for key in &keys {
            runs.push(read::reported_run(&mut conn, key.as_str()).await?);
        }
        let Some(runs) = runs.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
        let ids: Vec<i64> = runs.iter().map(|run| run.run_id).collect();
        let counts = read::counts(&mut conn, &ids, period, &Tally::MEASURES, By::Run).await?;
        Ok(Some((runs, Tally::by_part(&counts))))
    };
    let found = found.await.map_err(|error: sqlx::Error| Problem::database(&error))?;
    let (runs, tallies) = found.ok_or_else(|| Problem::not_found("one of the runs does not exist"))?;
    let runs = keys.iter().zip(runs).map(|(key, run)| ComparedRun {
        run_key: key.to_string(),
        title: run.title,
        summary: Summary::of(tallies.get(&run.run_id).unwrap_or(&Tally::default()), min_group),
    });
    Ok(Json(Comparison { runs: runs.collect() }))
}
