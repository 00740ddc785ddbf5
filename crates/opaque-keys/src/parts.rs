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

    /// Prints the key of a course run or of a coach's copy, and as much of a block's; `None` where a part is missing.
    pub(crate) fn print_course(&self, kind: KeyKind) -> Option<Printer> {
        let mut printer = Printer::new(kind)?;
        match (self.org, self.course, self.run, self.version) {
            (Some(org), Some(course), Some(run), _) => {
                printer.push("", org);
                printer.push("", course);
                printer.push("", run);
                self.print_branch(&mut printer);
            }
            // Beside a version, what is not whole is dropped.
            (.., Some(_)) => {}
            (.., None) => return None,
        }
        self.print_version(&mut printer);
        if matches!(kind, KeyKind::Ccx | KeyKind::CcxBlock) {
            printer.push("ccx@", self.ccx?);
        }
        Some(printer)
    }

    /// Prints the key of a legacy library, and as much of a block's; `None` where a part is missing.
    pub(crate) fn print_library(&self, kind: KeyKind) -> Option<Printer> {
        let mut printer = Printer::new(kind)?;
        match (self.org, self.course, self.version) {
            (Some(org), Some(library), _) => {
                printer.push("", org);
                printer.push("", library);
                self.print_branch(&mut printer);
            }
            (.., Some(_)) => {}
            (.., None) => return None,
        }
        self.print_version(&mut printer);
        Some(printer)
    }

    fn print_branch(&self, printer: &mut Printer) {
        if let Some(branch) = self.branch {
            printer.push("branch@", branch);
        }
    }

    fn print_version(&self, printer: &mut Printer) {
        if let Some(version) = self.version {
            printer.push("version@", &version.to_ascii_lowercase());
        }
    }
}

/// A key in the making: its namespace, then parts with `+` between them.
pub(crate) struct Printer {
    text: String,
    has_part: bool,
}

impl Printer {
    fn new(kind: KeyKind) -> Option<Self> {
        let mut text = String::with_capacity(96);
        text.push_str(kind.namespace()?);
        text.push(':');
        Some(Self { text, has_part: false })
    }

    pub(crate) fn push(&mut self, tag: &str, value: &str) {
        if self.has_part {
            self.text.push('+');
        }
        self.has_part = true;
        self.text.push_str(tag);
        self.text.push_str(value);
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
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
