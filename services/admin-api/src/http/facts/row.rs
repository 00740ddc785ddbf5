//! Rows of facts, read from what was sent.

use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, ExamOutcome, FactValue, LearnerId, Ratio, Timestamp};
use lp_http::{Problem, Upload};
use lp_progress_store::NewFact;
use lp_progress_store::jobs::{NewRow, Task};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::named::{named, text};
use crate::http::upload;

/// The longest reason and the longest evidence, in characters.
const MAX_TEXT: usize = 1_000;

/// The columns of a table of facts.
const COLUMNS: [&str; 12] = [
    "user_id",
    "username",
    "email",
    "external_key",
    "context_key",
    "kind",
    "value",
    "mode",
    "occurred_at",
    "expires_at",
    "reason",
    "evidence",
];

/// What is so of a person, who is known by exactly one of four things.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FactRow {
    /// LMS user id.
    user_id: Option<i64>,
    /// Username at the LMS, whatever its case.
    username: Option<String>,
    /// E-mail address of somebody of whom an event has told, whatever its case.
    email: Option<String>,
    /// A key that others use for the learner.
    external_key: Option<String>,
    /// What it is about: a course run, a section, an exam, ….
    #[schema(example = "course-v1:OpenedX+C1+2019")]
    context_key: Option<String>,
    /// `passing`, `grade`, `completion`, `certificate`, `enrolment`, `exam`, `override`.
    #[schema(example = "passing")]
    kind: Option<String>,
    /// `true` or `false` of `passing`, `enrolment` (whether it is active) and `override` (whether it is granted, or taken
    /// back); 0 to 1 of `grade` and `completion`; the LMS's status word of `certificate` (`downloadable`); `submitted`,
    /// `verified`, `rejected`, `errored` or `reset` of `exam`.
    #[schema(example = "true")]
    #[serde(deserialize_with = "scalar")]
    value: Option<String>,
    /// The enrolment mode of `certificate` and `enrolment`.
    #[schema(example = "verified")]
    mode: Option<String>,
    /// When it became true; now when not given. With its offset from UTC, and not later than now.
    occurred_at: Option<DateTime<Utc>>,
    /// When an `override` ends, if it does.
    expires_at: Option<DateTime<Utc>>,
    /// Why it is stated; no names of learners. An override needs one, here or for all rows.
    reason: Option<String>,
    /// Where it can be looked up.
    evidence: Option<String>,
}

/// What holds for all rows.
pub(super) struct Defaults<'a> {
    pub(super) reason: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// Facts as one JSON document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct FactRows {
    /// 100,000 at most.
    #[schema(min_items = 1, max_items = 100_000)]
    rows: Vec<FactRow>,
}

/// Reads all rows; one that says nothing that can be done stands there with the reason.
pub(super) fn read(upload: &Upload, defaults: &Defaults<'_>) -> Result<Vec<Result<NewRow, String>>, Problem> {
    let rows = upload::read(upload, &COLUMNS)?;
    Ok(rows.into_iter().map(|row| row.and_then(|row| checked(row, defaults))).collect())
}

/// A text, or what JSON and tables have for one.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Truth(bool),
        Number(f64),
        Text(String),
    }
    let scalar = Option::<Scalar>::deserialize(deserializer)?;
    Ok(scalar.map(|scalar| match scalar {
        Scalar::Truth(truth) => truth.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text,
    }))
}

fn checked(row: FactRow, defaults: &Defaults<'_>) -> Result<NewRow, String> {
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let user_id =
        row.user_id.map(LearnerId::try_from).transpose().map_err(|_| "user_id is no LMS user id")?;
    let (username, email, key) = (given(row.username), given(row.email), given(row.external_key));
    let who = named(user_id, username.as_deref(), email.as_deref(), key.as_deref())?;
    let context = given(row.context_key).ok_or("it names no context_key")?;
    let context_key = ContextKey::parse(&context).map_err(|_| "context_key is no key of what is learnt")?;
    let (kind, said) = (given(row.kind).ok_or("it has no kind")?, given(row.value).ok_or("it has no value")?);
    let value = value(&kind, &said, given(row.mode).as_deref(), instant(row.expires_at)?)?;
    let at = instant(row.occurred_at)?.unwrap_or(defaults.now);
    if at > defaults.now {
        return Err("occurred_at lies in the future".into());
    }
    let (reason, evidence) = (bounded(given(row.reason))?, bounded(given(row.evidence))?);
    if matches!(value, FactValue::Override { .. }) && reason.is_none() && defaults.reason.is_none() {
        return Err("an override needs a reason".into());
    }
    Ok(NewRow { who, task: Task::Fact(NewFact { context_key, value, at, reason, evidence }) })
}

/// A text of bounded length.
pub(super) fn bounded(text: Option<String>) -> Result<Option<String>, &'static str> {
    match text {
        Some(text) if text.chars().count() > MAX_TEXT || text.contains('\0') => {
            Err("reason and evidence have at most 1,000 characters, and no U+0000")
        }
        text => Ok(text),
    }
}

/// An instant that can be kept.
pub(super) fn instant(at: Option<DateTime<Utc>>) -> Result<Option<Timestamp>, &'static str> {
    at.map(Timestamp::try_from).transpose().map_err(|_| "a date is out of range")
}

fn value(
    kind: &str,
    said: &str,
    mode: Option<&str>,
    expires_at: Option<Timestamp>,
) -> Result<FactValue, &'static str> {
    let truth = || said.to_ascii_lowercase().parse::<bool>().map_err(|_| "value is neither true nor false");
    let ratio = || {
        let number = said.parse::<f64>().ok();
        number.and_then(|number| Ratio::try_from(number).ok()).ok_or("value is no number from 0 to 1")
    };
    let outcome = || {
        let word = serde_json::Value::from(said);
        serde_json::from_value::<ExamOutcome>(word).map_err(|_| "value is no outcome of an exam")
    };
    let no_mode = matches!(kind, "certificate" | "enrolment") || mode.is_none();
    if !no_mode || (kind != "override" && expires_at.is_some()) {
        return Err("mode is for certificate and enrolment, expires_at for override");
    }
    let mode = mode.map(text).transpose()?.unwrap_or_default();
    Ok(match kind {
        "passing" => FactValue::Passing { passing: truth()? },
        "grade" => FactValue::Grade { grade: ratio()? },
        "completion" => FactValue::Completion { completion: ratio()? },
        "certificate" => FactValue::Certificate { status: text(said)?, mode },
        "enrolment" => FactValue::Enrolment { active: truth()?, mode },
        "exam" => FactValue::Exam { outcome: outcome()? },
        "override" => FactValue::Override { granted: truth()?, expires_at },
        _ => return Err("kind is none that there is"),
    })
}
