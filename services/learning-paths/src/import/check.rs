//! What serde cannot see in a file.

use serde_json::Value;

use super::problems::Problems;

/// Texts that Postgres cannot keep.
pub(crate) fn texts(value: &Value, pointer: &str, problems: &mut Problems) {
    match value {
        Value::String(text) if text.contains('\0') => problems.add(pointer, "a text must not contain U+0000"),
        Value::String(text) if text.len() > 20_000 => {
            problems.add(pointer, "a text is longer than 20,000 bytes");
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                texts(value, &format!("{pointer}/{index}"), problems);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                texts(value, &format!("{pointer}/{name}"), problems);
            }
        }
        _ => {}
    }
}
