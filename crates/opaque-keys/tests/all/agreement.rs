//! Whether we read a text as Python does, and where we mean not to.

use std::collections::BTreeMap;

use opaque_keys::{CourseKey, KeyError, MAX_CHARACTERS, OpaqueKey, UsageKey};
use serde::Deserialize;

/// What `oracle/answer.py` says of a text.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// Whether the text holds code points that the Python's version of Unicode does not know.
    pub(crate) unassigned: bool,
    pub(crate) key: Option<PythonKey>,
}

/// A key as Python read it; the parts are those of its printed form.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "as the script answers")]
pub(crate) struct PythonKey {
    pub(crate) kind: String,
    pub(crate) printed: String,
    pub(crate) prints_all: bool,
    learning_context: bool,
    usage: bool,
    is_course: bool,
    context: Option<String>,
    context_is_course: bool,
    fields: BTreeMap<String, String>,
}

/// Where we differ from Python on purpose: all of it. The README tells why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    TooLong,
    ControlCharacter,
    OtherNamespace,
    NotPrinted,
    NewerLetters,
}

impl Difference {
    pub(crate) const ALL: [Self; 5] =
        [Self::TooLong, Self::ControlCharacter, Self::OtherNamespace, Self::NotPrinted, Self::NewerLetters];

    /// How the README calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::TooLong => "At most 255 characters",
            Self::ControlCharacter => "No control characters",
            Self::OtherNamespace => "Namespaces that no event uses",
            Self::NotPrinted => "What is not printed does not count",
            Self::NewerLetters => "Newer letters",
        }
    }
}

/// Holds our reading of `text` against Python's.
///
/// Answers which deliberate difference was met, if any, and fails on any other.
pub(crate) fn compare(text: &str, answer: &Answer) -> Result<Option<Difference>, String> {
    match (OpaqueKey::parse(text), &answer.key) {
        (Err(_), None) => Ok(None),
        (Ok(ours), Some(python)) => {
            same(&ours, python)?;
            Ok((!python.prints_all).then_some(Difference::NotPrinted))
        }
        (Err(KeyError::TooLong), Some(python)) if is_too_long(text) || is_too_long(&python.printed) => {
            Ok(Some(Difference::TooLong))
        }
        (Err(KeyError::ControlCharacter), Some(_)) if text.chars().any(char::is_control) => {
            Ok(Some(Difference::ControlCharacter))
        }
        (Err(KeyError::UnknownNamespace), Some(python))
            if ["location", "aside-usage-v1", "aside-usage-v2"].contains(&python.kind.as_str()) =>
        {
            Ok(Some(Difference::OtherNamespace))
        }
        (Ok(_), None) if answer.unassigned => Ok(Some(Difference::NewerLetters)),
        (ours, python) => Err(format!("we read {ours:?}, Python {python:?}")),
    }
}

fn is_too_long(text: &str) -> bool {
    text.chars().count() > MAX_CHARACTERS
}

fn same(ours: &OpaqueKey, python: &PythonKey) -> Result<(), String> {
    let context = ours.context_key();
    let course = context.clone().and_then(|key| CourseKey::parse(key.as_str()).ok());
    let same = ours.as_str() == python.printed
        && ours.to_string() == python.printed
        && ours.kind().to_string() == python.kind
        && ours.is_learning_context() == python.learning_context
        && ours.is_usage() == python.usage
        && matches!(ours, OpaqueKey::Course(_)) == python.is_course
        && context.as_ref().map(OpaqueKey::as_str) == python.context.as_deref()
        && context.is_none_or(|context| OpaqueKey::parse(context.as_str()).as_ref() == Ok(&context))
        && course.is_some() == python.context_is_course
        && ours.course_key() == course
        && ours.org() == python.fields.get("org").map(String::as_str)
        && fields(ours) == python.fields
        && OpaqueKey::parse(ours.as_str()).as_ref() == Ok(ours);
    if same { Ok(()) } else { Err(format!("we read {ours:?} with {:?}, Python {python:?}", fields(ours))) }
}

fn fields(key: &OpaqueKey) -> BTreeMap<String, String> {
    let fields = match key {
        OpaqueKey::Course(key) => vec![
            ("org", key.org()),
            ("course", key.course()),
            ("run", key.run()),
            ("branch", key.branch()),
            ("version_guid", key.version()),
            ("ccx", key.ccx()),
        ],
        OpaqueKey::LegacyLibrary(key) => vec![
            ("org", key.org()),
            ("library", key.library()),
            ("branch", key.branch()),
            ("version_guid", key.version()),
        ],
        OpaqueKey::Library(key) => vec![("org", Some(key.org())), ("slug", Some(key.slug()))],
        OpaqueKey::Path(key) => vec![
            ("org", Some(key.org())),
            ("number", Some(key.number())),
            ("run", Some(key.run())),
            ("group", Some(key.group())),
        ],
        OpaqueKey::Usage(key) => usage_fields(key),
        OpaqueKey::Collection(key) => {
            vec![("org", Some(key.org())), ("collection_id", Some(key.collection_id()))]
        }
        OpaqueKey::Container(key) => vec![
            ("org", Some(key.org())),
            ("container_type", Some(key.container_type())),
            ("container_id", Some(key.container_id())),
        ],
    };
    fields.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect()
}

fn usage_fields(key: &UsageKey) -> Vec<(&'static str, Option<&str>)> {
    vec![("org", key.org()), ("block_type", Some(key.block_type())), ("block_id", Some(key.block_id()))]
}

#[test]
fn the_readme_tells_every_difference() {
    let readme = include_str!("../../README.md");
    for difference in Difference::ALL {
        assert!(readme.contains(&format!("**{}.**", difference.title())), "{difference:?}");
    }
}
