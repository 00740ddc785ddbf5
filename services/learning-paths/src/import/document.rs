//! The import file: read piece by piece, so that every problem is told and not only the first.
//!
//! `docs/import-format.md` describes it.

use std::collections::BTreeMap;

use lp_domain::{Definition, LearnerId, PathId, Problem, RunKey, RunPolicy, Schedule, Timestamp};
use lp_progress_store::authoring;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problems::Problems;

/// A file that was found to be right.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) paths: Vec<Path>,
    pub(crate) enrolments: Vec<Enrolments>,
}

/// One path with its runs.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) path: authoring::Path,
    pub(crate) runs: Vec<Run>,
}

/// One run with its definition.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) pointer: String,
    pub(crate) key: RunKey,
    pub(crate) archived: bool,
    pub(crate) policy: RunPolicy,
    pub(crate) schedule: Schedule,
    pub(crate) definition: Definition,
}

/// Learners of one run.
#[derive(Debug, Clone)]
pub(crate) struct Enrolments {
    pub(crate) pointer: String,
    pub(crate) run: RunKey,
    pub(crate) learners: Vec<LearnerId>,
    /// When; the moment of the import unless the file says so.
    pub(crate) enrolled_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    #[serde(default)]
    paths: Vec<Value>,
    #[serde(default)]
    enrolments: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnrolments {
    run: Value,
    learners: Vec<Value>,
    #[serde(default)]
    enrolled_at: Option<Value>,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<Document, Problems> {
    let mut problems = Problems::default();
    let value: Value = match serde_saphyr::from_str_with_options(text, options()) {
        Ok(value) => value,
        Err(error) => {
            problems.add("", format!("not YAML as it must be: {error}"));
            return Err(problems);
        }
    };
    super::check::texts(&value, "", &mut problems);
    let document = piece::<RawDocument>(value, "", &mut problems).map(|raw| Document {
        paths: each(raw.paths, "/paths", &mut problems, path),
        enrolments: each(raw.enrolments, "/enrolments", &mut problems, enrolments),
    });
    if let Some(document) = &document {
        unique_runs(document, &mut problems);
    }
    match document {
        Some(document) if problems.is_empty() => Ok(document),
        _ => Err(problems),
    }
}

/// Room for a hundred thousand enrolments; still bounded.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! { max_events: 4_000_000, max_nodes: 2_000_000, max_total_scalar_bytes: 64 << 20 }
    }
}

fn piece<T: DeserializeOwned>(value: Value, pointer: &str, problems: &mut Problems) -> Option<T> {
    serde_json::from_value(value).map_err(|error| problems.add(pointer, error)).ok()
}

fn each<T>(
    values: Vec<Value>,
    pointer: &str,
    problems: &mut Problems,
    read: impl Fn(Value, &str, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let pieces = values.into_iter().enumerate();
    pieces.filter_map(|(index, value)| read(value, &format!("{pointer}/{index}"), problems)).collect()
}

fn path(mut value: Value, pointer: &str, problems: &mut Problems) -> Option<Path> {
    let mut take = |name: &str| value.as_object_mut().and_then(|path| path.remove(name)).unwrap_or_default();
    let (org, number, title, runs) = (take("organisation"), take("number"), take("title"), take("runs"));
    let mut named = |value: Value, name: &str| {
        let text = value.as_str().filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned);
        if text.is_none() {
            problems.add(format!("{pointer}/{name}"), "must be a text that is not empty");
        }
        text
    };
    let (org, number, title) = (named(org, "organisation"), named(number, "number"), named(title, "title"));
    let details = piece(value, pointer, problems);
    let at = format!("{pointer}/runs");
    let runs = piece::<Option<Vec<Value>>>(runs, &at, problems)?.unwrap_or_default();
    let runs = each(runs, &at, problems, run);
    let id = PathId::new(&org?, &number?).map_err(|error| problems.add(pointer, error)).ok()?;
    for run in runs.iter().filter(|run| PathId::from(&run.key) != id) {
        problems.add(
            format!("{}/key", run.pointer),
            format!("a run of this path has a key that begins with path-v1:{id}+"),
        );
    }
    Some(Path { path: authoring::Path { id, title: title?, details: details? }, runs })
}

fn run(mut value: Value, pointer: &str, problems: &mut Problems) -> Option<Run> {
    let mut take = |name: &str| value.as_object_mut().and_then(|run| run.remove(name)).unwrap_or_default();
    let (key, archived, policy) = (take("key"), take("archived"), take("policy"));
    let schedule = match take("schedule") {
        Value::Null => Ok(Schedule::default()),
        given => Schedule::read(given),
    };
    let key = piece(key, &format!("{pointer}/key"), problems);
    let archived: Option<Option<bool>> = piece(archived, &format!("{pointer}/archived"), problems);
    let at = format!("{pointer}/policy");
    let policy: Option<RunPolicy> = piece::<Option<RunPolicy>>(policy, &at, problems)
        .map(Option::unwrap_or_default)
        .and_then(|policy| told(policy.check().map(|()| policy), &at, problems));
    let schedule = told(schedule, &format!("{pointer}/schedule"), problems);
    // What is left is the definition.
    let definition = told(Definition::read(value), pointer, problems);
    Some(Run {
        pointer: pointer.to_owned(),
        key: key?,
        archived: archived?.unwrap_or_default(),
        policy: policy?,
        schedule: schedule?,
        definition: definition?,
    })
}

/// What was read, or its problems told.
fn told<T>(read: Result<T, Vec<Problem>>, pointer: &str, problems: &mut Problems) -> Option<T> {
    read.map_err(|wrong| {
        for problem in wrong {
            problems.add(format!("{pointer}{}", problem.pointer), problem.kind);
        }
    })
    .ok()
}

fn enrolments(value: Value, pointer: &str, problems: &mut Problems) -> Option<Enrolments> {
    let raw = piece::<RawEnrolments>(value, pointer, problems)?;
    let run = piece(raw.run, &format!("{pointer}/run"), problems);
    let learners = each(raw.learners, &format!("{pointer}/learners"), problems, piece);
    let at = format!("{pointer}/enrolled_at");
    let enrolled_at = match raw.enrolled_at {
        Some(value) => Some(piece(value, &at, problems)?),
        None => None,
    };
    Some(Enrolments { pointer: pointer.to_owned(), run: run?, learners, enrolled_at })
}

fn unique_runs(document: &Document, problems: &mut Problems) {
    let mut seen = BTreeMap::new();
    for run in document.paths.iter().flat_map(|path| &path.runs) {
        if let Some(first) = seen.insert(run.key.clone(), run.pointer.clone()) {
            problems.add(format!("{}/key", run.pointer), format!("the same run as {first}"));
        }
    }
}
