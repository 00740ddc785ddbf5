//! Tables that spreadsheets read.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, StreamExt as _, stream};
use lp_http::Problem;

/// A file to keep: its columns, then rows as they come.
pub(super) fn attachment<const N: usize>(
    name: &str,
    columns: [&str; N],
    rest: impl Stream<Item = anyhow::Result<Vec<u8>>> + Send + 'static,
) -> Result<Response, Problem> {
    let head =
        rows([columns.map(ToOwned::to_owned)].into_iter()).map_err(|error| Problem::internal(&*error))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(stream::once(async { Ok(head) }).chain(rest))).into_response())
}

/// Rows, quoted where they must be.
pub(super) fn rows<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        csv.write_record(row)?;
    }
    Ok(csv.into_inner()?)
}

/// A cell that no spreadsheet takes for a formula.
pub(super) fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
