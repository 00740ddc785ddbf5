//! Keys of the kind that a field holds.

use lp_domain::ContextKey;
use opaque_keys::{CourseKey, KeyKind, OpaqueKey, UsageKey};

/// A course run, in any of its forms: `course-v1`, `ccx-v1`, slashes. A library is none, though Python's class says so.
pub(crate) fn course(text: &str) -> Option<ContextKey> {
    context_key(CourseKey::parse(text).ok()?.as_str())
}

/// A block: section, unit, exam, library block, ….
pub(crate) fn usage(text: &str) -> Option<ContextKey> {
    context_key(UsageKey::parse(text).ok()?.as_str())
}

/// Anything that facts can be about: all but path runs.
pub(crate) fn context(text: &str) -> Option<ContextKey> {
    let key = OpaqueKey::parse(text).ok()?;
    if key.kind() == KeyKind::Path { None } else { context_key(key.as_str()) }
}

/// Takes the text as the parser prints it, so that one course has one key.
fn context_key(text: &str) -> Option<ContextKey> {
    ContextKey::parse(text).ok()
}
