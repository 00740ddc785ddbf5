//! Tables that spreadsheets read (RFC 4180), and other files to keep.

use axum::BoxError;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, StreamExt as _, stream};

use crate::problem::Problem;

/// A table to keep: its columns, then rows as they come.
///
/// # Errors
/// A 500 problem when the columns cannot be written.
pub fn attachment<const N: usize, E: Into<BoxError> + Send + 'static>(
    name: &str,
    columns: [&str; N],
    rest: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
) -> Result<Response, Problem> {
    let head =
        rows([columns.map(ToOwned::to_owned)].into_iter()).map_err(|error| Problem::internal(&error))?;
    let whole = stream::once(async { Ok(head) }).chain(rest);
    Ok(file(name, "text/csv; charset=utf-8; header=present", whole))
}

/// A file to keep, as it comes. What breaks on the way cuts the answer off, so that nobody takes it for whole.
pub fn file<E: Into<BoxError> + Send + 'static>(
    name: &str,
    media_type: &'static str,
    content: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(content)).into_response()
}

/// Rows, quoted where they must be.
///
/// # Errors
/// When they cannot be written.
pub fn rows<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> csv::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for row in rows {
        table.write_record(row)?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet takes for a formula.
#[must_use]
pub fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_88_a_cell_that_would_be_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(plain(formula), format!("'{formula}"));
        }
        for harmless in ["", "a=b", "'=1", "1-1"] {
            assert_eq!(plain(harmless), harmless);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let row = ["a,b", "say \"x\"", "two\nlines", "plain"].map(ToOwned::to_owned);
        let table = rows([row].into_iter()).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",plain\n");
    }
}
