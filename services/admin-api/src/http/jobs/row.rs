//! Rows of a job, read from what was sent.

use lp_domain::{LearnerId, RunKey};
use lp_http::{Problem, Upload};
use lp_progress_store::Wish;
use lp_progress_store::jobs::{NewRow, Task};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::named::named;
use crate::http::upload;

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
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct Rows {
    /// 100,000 at most.
    #[schema(min_items = 1, max_items = 100_000)]
    rows: Vec<Row>,
}

/// What holds for rows that do not say it themselves.
pub(super) struct Defaults {
    pub(super) run: Option<RunKey>,
    pub(super) wish: Wish,
}

/// Reads all rows; one that says nothing that can be done stands there with the reason. Nothing of a row's text is in it.
pub(super) fn read(upload: &Upload, defaults: &Defaults) -> Result<Vec<Result<NewRow, String>>, Problem> {
    let rows = upload::read(upload, &COLUMNS)?;
    Ok(rows.into_iter().map(|row| row.and_then(|row| checked(row, defaults))).collect())
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
    Ok(NewRow { who, task: Task::Enrolment { run, wish } })
}
