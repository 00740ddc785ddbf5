//! The `+`-separated grammar that courses, coaches' copies, legacy libraries and their blocks share.

use std::iter::Peekable;
use std::str::Split;

use crate::chars::{is_deprecated_id, is_digits, is_id, is_tag_ignoring_case};
use crate::{KeyError, KeyKind};

/// The parts of `[ORG+COURSE[+RUN]][+branch@][+version@][+ccx@][+type@][+block@]`, borrowed from the text.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) org: Option<&'a str>,
    /// The library in the keys of legacy libraries.
    pub(crate) course: Option<&'a str>,
    pub(crate) run: Option<&'a str>,
    pub(crate) branch: Option<&'a str>,
    /// A `MongoDB` object id: 24 hexadecimal digits.
    pub(crate) version: Option<&'a str>,
    pub(crate) ccx: Option<&'a str>,
    pub(crate) block_type: Option<&'a str>,
    pub(crate) block_id: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Reads what follows the namespace. Which parts must be there is for the caller to say.
    pub(crate) fn read(rest: &'a str, kind: KeyKind) -> Result<Self, KeyError> {
        let ccx = matches!(kind, KeyKind::Ccx | KeyKind::CcxBlock);
        let mut tokens = Tokens { left: rest.split('+').peekable(), kind, any_case: ccx };
        let mut parts = Self { org: tokens.bare(), ..Self::default() };
        if parts.org.is_some() {
            parts.course = Some(tokens.bare().ok_or(KeyError::Malformed(kind))?);
            parts.run = tokens.bare();
        }
        parts.branch = tokens.tagged("branch", is_id)?;
        parts.version = tokens.tagged("version", if ccx { is_any_object_id } else { is_object_id })?;
        if ccx {
            parts.ccx = tokens.tagged("ccx", is_digits)?;
        }
        parts.block_type = tokens.tagged("type", is_id)?;
        // Only the pattern of the coaches' copies keeps `%` out here. Keys of other blocks refuse it later; keys
        // of courses and libraries drop the block.
        parts.block_id = tokens.tagged("block", if ccx { is_id } else { is_deprecated_id })?;
        tokens.end()?;
        Ok(parts)
    }

    /// The key of a course run or of a coach's copy; `None` where a part is missing.
    pub(crate) fn print_course(&self, kind: KeyKind) -> Option<String> {
        let mut printed = start(kind)?;
        self.push_course(&mut printed)?;
        if matches!(kind, KeyKind::Ccx | KeyKind::CcxBlock) {
            push(&mut printed, "ccx@", self.ccx?);
        }
        Some(printed)
    }

    /// The key of a legacy library, a run dropped; `None` where a part is missing.
    pub(crate) fn print_library(&self, kind: KeyKind) -> Option<String> {
        let mut printed = start(kind)?;
        match (self.org, self.course, self.version) {
            (Some(org), Some(library), _) => {
                push(&mut printed, "", org);
                push(&mut printed, "", library);
                self.push_branch(&mut printed);
            }
            (_, _, None) => return None,
            _ => {}
        }
        self.push_version(&mut printed);
        Some(printed)
    }

    /// Organisation, course, run and branch where the run is known, and the version.
    fn push_course(&self, printed: &mut String) -> Option<()> {
        match (self.org, self.course, self.run, self.version) {
            (Some(org), Some(course), Some(run), _) => {
                push(printed, "", org);
                push(printed, "", course);
                push(printed, "", run);
                self.push_branch(printed);
            }
            (_, _, _, None) => return None,
            _ => {}
        }
        self.push_version(printed);
        Some(())
    }

    fn push_branch(&self, printed: &mut String) {
        if let Some(branch) = self.branch {
            push(printed, "branch@", branch);
        }
    }

    fn push_version(&self, printed: &mut String) {
        if let Some(version) = self.version {
            push(printed, "version@", &version.to_ascii_lowercase());
        }
    }
}

fn start(kind: KeyKind) -> Option<String> {
    let mut printed = String::with_capacity(96);
    printed.push_str(kind.namespace()?);
    printed.push(':');
    Some(printed)
}

/// Appends a part, after a `+` unless it comes first.
pub(crate) fn push(printed: &mut String, tag: &str, value: &str) {
    if !printed.ends_with(':') {
        printed.push('+');
    }
    printed.push_str(tag);
    printed.push_str(value);
}

/// The tokens between the `+`, taken one by one.
struct Tokens<'a> {
    left: Peekable<Split<'a, char>>,
    kind: KeyKind,
    any_case: bool,
}

impl<'a> Tokens<'a> {
    /// The next token, if it carries no tag.
    fn bare(&mut self) -> Option<&'a str> {
        self.left.next_if(|token| is_id(token))
    }

    /// The value of the next token, if it carries this tag.
    fn tagged(&mut self, tag: &str, is_value: fn(&str) -> bool) -> Result<Option<&'a str>, KeyError> {
        let Some((found, value)) = self.left.peek().and_then(|token| token.split_once('@')) else {
            return Ok(None);
        };
        let same = if self.any_case { is_tag_ignoring_case(found, tag) } else { found == tag };
        if !same {
            return Ok(None);
        }
        self.left.next();
        if is_value(value) { Ok(Some(value)) } else { Err(KeyError::Malformed(self.kind)) }
    }

    fn end(&mut self) -> Result<(), KeyError> {
        if self.left.next().is_none() { Ok(()) } else { Err(KeyError::Malformed(self.kind)) }
    }
}

fn is_object_id(value: &str) -> bool {
    value.len() == 24 && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_any_object_id(value: &str) -> bool {
    value.len() == 24 && value.bytes().all(|b| b.is_ascii_hexdigit())
}
