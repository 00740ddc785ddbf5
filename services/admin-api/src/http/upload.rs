//! Rows of a job, as they are sent: one JSON document, a row a line, or a table.

use lp_http::problem::Kind;
use lp_http::{Problem, Upload};
use lp_progress_store::jobs::MAX_ROWS;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Rows as they were read; one that cannot be read stands there with the reason.
type Read<T> = Vec<Result<T, String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    rows: Vec<Value>,
}

/// Reads all rows, of which a table's may have these columns. Nothing of a row's text is in a reason.
pub(super) fn read<T: DeserializeOwned>(upload: &Upload, columns: &[&str]) -> Result<Read<T>, Problem> {
    let rows = match upload.media_type.as_str() {
        "application/json" => json(&upload.bytes)?,
        "application/x-ndjson" => lines(&upload.bytes),
        "text/csv" => table(&upload.bytes, columns)?,
        _ => {
            return Err(Problem::new(Kind::UnsupportedMediaType)
                .with_detail("send application/json, application/x-ndjson or text/csv"));
        }
    };
    if rows.is_empty() {
        return Err(Problem::unprocessable("there is no row"));
    }
    if rows.len() > MAX_ROWS {
        return Err(Problem::unprocessable("there are more than 100,000 rows"));
    }
    Ok(rows)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<Read<T>, Problem> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(Kind::InvalidBody).with_detail(format!("no document of rows, at line {}", error.line()))
    })?;
    let row = |value| serde_json::from_value(value).map_err(|_| "no row of a job".to_owned());
    Ok(document.rows.into_iter().map(row).collect())
}

fn lines<T: DeserializeOwned>(bytes: &[u8]) -> Read<T> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|_| "no row of a job".to_owned())).collect()
}

fn table<T: DeserializeOwned>(bytes: &[u8], known: &[&str]) -> Result<Read<T>, Problem> {
    // What some spreadsheets begin a file with.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let refuse = |why: String| Problem::new(Kind::InvalidBody).with_detail(why);
    let columns = table.headers().map_err(|_| refuse("the first line does not name columns".into()))?.clone();
    let again =
        columns.iter().enumerate().any(|(at, name)| columns.iter().take(at).any(|other| other == name));
    if again || !columns.iter().all(|column| known.contains(&column)) {
        return Err(refuse(format!("the first line names columns, each once, of: {}", known.join(", "))));
    }
    let rows = table.deserialize().map(|row| row.map_err(|_| "no row of this table".to_owned()));
    Ok(rows.collect())
}
