//! `GET /api/v1/runs/{run_key}/learners/export` and `GET /api/v1/paths/{org}/{number}/learners/export`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use futures::{StreamExt as _, stream};
use lp_domain::{PathId, RunKey};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Path, Problem, Query, csv as tables};
use lp_progress_store::read::{RosterRow, Whose};
use sqlx::PgPool;
use tokio::sync::mpsc::Receiver;

use super::asked::{Format, RosterQuery};
use super::pools::Rosters;
use super::portions::{self, Export, Portion};
use super::row::{COLUMNS, NAME_COLUMNS, RosterBody, write_csv};
use super::scope;

/// The learners of a run in the order of their ids, as a file: all of them that pass the filters, however many.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/learners/export",
    tag = "managers",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DemoPath+2026+all"),
        RosterQuery
    ),
    responses(
        (status = 200, description = "All learners. Cells that a spreadsheet would take for a formula begin with an apostrophe.",
         content((String = "text/csv", example = "learner_id,run_key,enrolment,attempt\n1001,path-v1:OpenedX+DATA+2026+open,active,1\n"), (RosterBody = "application/x-ndjson"))),
        (status = "4XX", description = "As of the list; 429 with `Retry-After` when too many exports are under way.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_run_learners(
    State(readers): State<PgPool>,
    State(rosters): State<Rosters>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(query): Query<RosterQuery>,
) -> Result<Response, Problem> {
    let (filter, format) = query.export()?;
    let whose = rosters.whose(&caller, run.org(), filter.names_somebody()).await?;
    let room = rosters.export()?;
    let runs = scope::of_run(&readers, &run).await?;
    let pool = rosters.pool(whose).clone();
    answer(Export { pool, runs, filter, whose, room }, format).await
}

/// The learners of all runs of a path, run by run, as a file.
#[utoipa::path(
    get,
    path = "/api/v1/paths/{org}/{number}/learners/export",
    tag = "managers",
    params(
        ("org" = String, Path, description = "The organisation, percent-encoded.", example = "OpenedX"),
        ("number" = String, Path, description = "The number, percent-encoded.", example = "DATA"),
        RosterQuery
    ),
    responses(
        (status = 200, description = "All learners, as of a run.",
         content((String = "text/csv", example = "learner_id,run_key,enrolment,attempt\n1001,path-v1:OpenedX+DATA+2026+open,active,1\n"), (RosterBody = "application/x-ndjson"))),
        (status = "4XX", description = "As of a run's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_path_learners(
    State(readers): State<PgPool>,
    State(rosters): State<Rosters>,
    caller: Caller,
    Path((org, number)): Path<(String, String)>,
    Query(query): Query<RosterQuery>,
) -> Result<Response, Problem> {
    let path = PathId::new(&org, &number).map_err(|error| Problem::invalid_path(error.to_string()))?;
    let (filter, format) = query.export()?;
    let whose = rosters.whose(&caller, path.org(), filter.names_somebody()).await?;
    let room = rosters.export()?;
    let runs = scope::of_path(&readers, &path).await?;
    let pool = rosters.pool(whose).clone();
    answer(Export { pool, runs, filter, whose, room }, format).await
}

/// What cannot be read at all is told as a problem; what breaks later cuts the answer off. Only the first portion counts for the
/// time that a request may take.
async fn answer(export: Export, format: Format) -> Result<Response, Problem> {
    let named = export.whose == Whose::MaySeeNames;
    let mut portions = portions::start(export);
    let first = portions.recv().await.ok_or(sqlx::Error::WorkerCrashed).flatten();
    let first = first.map_err(|error| Problem::database(&error))?;
    let bytes = stream::unfold(Some((Some(first), portions)), move |state| async move {
        let (ready, mut portions) = state?;
        let portion = match ready {
            Some(portion) => portion,
            None => match next(&mut portions).await {
                Ok(portion) => portion,
                Err(error) => return Some((Err(error), None)),
            },
        };
        match portion {
            Portion::End => None,
            Portion::Rows(run_key, rows) => {
                Some((written(&run_key, rows, format, named), Some((None, portions))))
            }
        }
    });
    match format {
        Format::Csv if named => {
            let mut columns = [""; COLUMNS.len() + NAME_COLUMNS.len()];
            for (column, name) in columns.iter_mut().zip(COLUMNS.into_iter().chain(NAME_COLUMNS)) {
                *column = name;
            }
            tables::attachment("learners.csv", columns, bytes)
        }
        Format::Csv => tables::attachment("learners.csv", COLUMNS, bytes),
        Format::Jsonl => Ok(tables::file("learners.jsonl", "application/x-ndjson", bytes.boxed())),
    }
}

async fn next(portions: &mut Receiver<sqlx::Result<Portion>>) -> anyhow::Result<Portion> {
    match portions.recv().await {
        Some(portion) => Ok(portion?),
        None => anyhow::bail!("nothing was taken for too long"),
    }
}

fn written(run_key: &Arc<str>, rows: Vec<RosterRow>, format: Format, named: bool) -> anyhow::Result<Vec<u8>> {
    match format {
        Format::Csv => {
            let mut table = csv::Writer::from_writer(Vec::new());
            let key = tables::plain(run_key);
            for row in &rows {
                write_csv(&mut table, &key, row, named)?;
            }
            Ok(table.into_inner().map_err(csv::IntoInnerError::into_error)?)
        }
        Format::Jsonl => {
            let mut lines = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut lines, &RosterBody::new(Arc::clone(run_key), row, named))?;
                lines.push(b'\n');
            }
            Ok(lines)
        }
    }
}
