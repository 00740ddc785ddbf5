//! What was found, and what to do about it.

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// As it should be.
    Well(String),
    /// Works, but worth a look.
    Note(String),
    /// Must be mended.
    Failure {
        /// What is wrong.
        what: String,
        /// What to do about it.
        remedy: String,
    },
}

/// Findings under headings.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    failures: usize,
}

impl Report {
    pub(crate) fn add(&mut self, heading: &str, findings: Vec<Finding>) {
        self.lines.push(heading.to_owned());
        for finding in findings {
            match finding {
                Finding::Well(what) => self.lines.push(format!("  ok    {what}")),
                Finding::Note(what) => self.lines.push(format!("  note  {what}")),
                Finding::Failure { what, remedy } => {
                    self.failures += 1;
                    self.lines.push(format!("  FAIL  {what}"));
                    self.lines.push(format!("        → {remedy}"));
                }
            }
        }
    }

    pub(crate) fn is_well(&self) -> bool {
        self.failures == 0
    }

    pub(crate) fn text(&self) -> String {
        let end = match self.failures {
            0 => "all is well".to_owned(),
            1 => "1 failure".to_owned(),
            many => format!("{many} failures"),
        };
        format!("{}\n\n{end}", self.lines.join("\n"))
    }
}

pub(crate) fn well(what: impl Into<String>) -> Finding {
    Finding::Well(what.into())
}

pub(crate) fn note(what: impl Into<String>) -> Finding {
    Finding::Note(what.into())
}

pub(crate) fn failure(what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::Failure { what: what.into(), remedy: remedy.into() }
}
