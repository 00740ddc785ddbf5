//! The import file: read piece by piece, so that every problem is told and not only the first.
//!
//! `docs/import-format.md` describes it.

use std::collections::BTreeMap;

use lp_domain::{Definition, LearnerId, RunKey, RunPolicy, Timestamp};
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
    pub(crate) about: About,
    pub(crate) runs: Vec<Run>,
}

/// What a path is; shown to people.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) organisation: String,
    pub(crate) number: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) subtitle: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) label: Label,
    #[serde(default)]
    pub(crate) level: String,
    #[serde(default)]
    pub(crate) duration: String,
    #[serde(default)]
    pub(crate) time_commitment: String,
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) skills_required: Vec<String>,
    #[serde(default)]
    pub(crate) skills_acquired: Vec<String>,
}

/// What people call it.
#[derive(Debug, Clone, Copy, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Label {
    #[default]
    Path,
    Journey,
    Program,
}

/// One run with its definition.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) pointer: String,
    pub(crate) key: RunKey,
    pub(crate) archived: bool,
    pub(crate) policy: RunPolicy,
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
struct RawRun {
    key: Value,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    policy: Option<Value>,
    items: Vec<Value>,
    requirement: Value,
    #[serde(default)]
    no_double_counting: bool,
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
    let runs =
        value.as_object_mut().and_then(|path| path.remove("runs")).unwrap_or_else(|| Value::Array(vec![]));
    let about = piece::<About>(value, pointer, problems);
    let at = format!("{pointer}/runs");
    let runs = piece::<Vec<Value>>(runs, &at, problems)?;
    let runs = each(runs, &at, problems, run);
    let about = about?;
    for text in [&about.organisation, &about.number, &about.title] {
        if text.trim().is_empty() {
            problems.add(pointer, "organisation, number and title must not be empty");
        }
    }
    let begin = format!("path-v1:{}+{}+", about.organisation, about.number);
    for run in runs.iter().filter(|run| !run.key.as_str().starts_with(&begin)) {
        problems.add(
            format!("{}/key", run.pointer),
            format!("a run of this path has a key that begins with {begin}"),
        );
    }
    Some(Path { about, runs })
}

fn run(value: Value, pointer: &str, problems: &mut Problems) -> Option<Run> {
    let raw = piece::<RawRun>(value, pointer, problems)?;
    let key = piece(raw.key, &format!("{pointer}/key"), problems);
    let policy = match raw.policy {
        Some(policy) => piece(policy, &format!("{pointer}/policy"), problems),
        None => Some(RunPolicy::default()),
    };
    let expected = raw.items.len();
    let items = each(raw.items, &format!("{pointer}/items"), problems, piece);
    let requirement = piece(raw.requirement, &format!("{pointer}/requirement"), problems);
    // A tree is only judged against items that were all read, else it would be blamed for what is theirs.
    if items.len() < expected {
        return None;
    }
    let definition =
        Definition { items, requirement: requirement?, no_double_counting: raw.no_double_counting };
    for (at, what) in super::check::definition(&definition) {
        problems.add(format!("{pointer}{at}"), what);
    }
    Some(Run { pointer: pointer.to_owned(), key: key?, archived: raw.archived, policy: policy?, definition })
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
