//! Rows of a job, read from what was sent.

use lp_domain::{LearnerId, RunKey};
use lp_http::problem::Kind;
use lp_http::{Problem, Upload};
use lp_progress_store::Wish;
use lp_progress_store::jobs::{MAX_ROWS, NewRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::named::named;

/// The columns of a table of rows.
const COLUMNS: [&str; 6] = ["run_key", "action", "user_id", "username", "email", "external_key"];

/// A person in a run, by exactly one of the four things that they may be known by.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Row {
    /// The run; the request's when not given.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<String>,
    /// `enrol`, `enrol_afresh`, `suspend`, `resume`, `withdraw`; the request's when not given.
    #[schema(example = "enrol")]
    action: Option<String>,
    /// LMS user id.
    user_id: Option<i64>,
    /// Username at the LMS, whatever its case.
    username: Option<String>,
    /// E-mail address, whatever its case. Whoever has no account yet is invited.
    email: Option<String>,
    /// A key that others use for the learner.
    external_key: Option<String>,
}

/// Rows as one JSON document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    /// 100,000 at most.
    #[schema(value_type = Vec<Row>, min_items = 1, max_items = 100_000)]
    rows: Vec<Value>,
}

/// What holds for rows that do not say it themselves.
pub(super) struct Defaults {
    pub(super) run: Option<RunKey>,
    pub(super) wish: Wish,
}

/// Reads all rows; one that says nothing that can be done stands there with the reason. Nothing of a row's text is in it.
pub(super) fn read(upload: &Upload, defaults: &Defaults) -> Result<Vec<Result<NewRow, String>>, Problem> {
    let rows = match upload.media_type.as_str() {
        "application/json" => json(&upload.bytes)?,
        "application/x-ndjson" => lines(&upload.bytes),
        "text/csv" => table(&upload.bytes)?,
        _ => {
            return Err(Problem::new(Kind::UnsupportedMediaType)
                .with_detail("send application/json, application/x-ndjson or text/csv"));
        }
    };
    let bounded = |what: &str| Problem::new(Kind::Unprocessable).with_detail(what);
    if rows.is_empty() {
        return Err(bounded("there is no row"));
    }
    if rows.len() > MAX_ROWS {
        return Err(bounded("there are more than 100,000 rows"));
    }
    Ok(rows.into_iter().map(|row| row.and_then(|row| checked(row, defaults))).collect())
}

type Read = Vec<Result<Row, String>>;

fn json(bytes: &[u8]) -> Result<Read, Problem> {
    let document: Rows = serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(Kind::InvalidBody).with_detail(format!("no document of rows, at line {}", error.line()))
    })?;
    let row = |value| serde_json::from_value(value).map_err(|_| "no row of a job".to_owned());
    Ok(document.rows.into_iter().map(row).collect())
}

fn lines(bytes: &[u8]) -> Read {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|_| "no row of a job".to_owned())).collect()
}

fn table(bytes: &[u8]) -> Result<Read, Problem> {
    // What some spreadsheets begin a file with.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let refuse = |why: String| Problem::new(Kind::InvalidBody).with_detail(why);
    let columns = table.headers().map_err(|_| refuse("the first line does not name columns".into()))?.clone();
    let known = |column: &str| COLUMNS.contains(&column);
    let again =
        columns.iter().enumerate().any(|(at, name)| columns.iter().take(at).any(|other| other == name));
    if again || !columns.iter().all(known) {
        return Err(refuse(format!("the first line names columns, each once, of: {}", COLUMNS.join(", "))));
    }
    let rows = table.deserialize().map(|row| row.map_err(|_| "no row of this table".to_owned()));
    Ok(rows.collect())
}

fn checked(row: Row, defaults: &Defaults) -> Result<NewRow, String> {
    let Row { run_key, action, user_id, username, email, external_key } = row;
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let run = match (text(run_key), &defaults.run) {
        (Some(key), _) => RunKey::parse(&key).map_err(|_| "run_key is no key of a run")?,
        (None, Some(run)) => run.clone(),
        (None, None) => return Err("it names no run".into()),
    };
    let wish = match text(action) {
        Some(word) => Wish::from_word(&word).ok_or("action is none that there is")?,
        None => defaults.wish,
    };
    let user_id = user_id.map(LearnerId::try_from).transpose().map_err(|_| "user_id is no LMS user id")?;
    let (username, email, external_key) = (text(username), text(email), text(external_key));
    let who = named(user_id, username.as_deref(), email.as_deref(), external_key.as_deref())?;
    Ok(NewRow { run, wish, who })
}
