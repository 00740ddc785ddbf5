//! Filled-in templates: what may be in them, and the parts that they are tagged by.

mod check;
mod parts;

pub(crate) use check::check;
pub(crate) use parts::{Leaf, Page, Part, Tag, parts};

/// A text for XML, between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
