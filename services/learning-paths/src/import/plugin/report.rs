//! What was done, and what could not be.

use std::collections::BTreeMap;
use std::fmt;

/// Things of one kind that are named.
const NAMED: usize = 20;

/// Counts, and what could not be mapped, by reason. Names no person but by number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    done: BTreeMap<&'static str, u64>,
    unmapped: BTreeMap<&'static str, (u64, Vec<String>)>,
}

impl Report {
    /// So many more of something were done.
    pub(super) fn done(&mut self, what: &'static str, many: usize) {
        *self.done.entry(what).or_default() += many as u64;
    }

    /// Something could not be brought over as it was.
    pub(super) fn unmapped(&mut self, why: &'static str, what: String) {
        let (many, named) = self.unmapped.entry(why).or_default();
        *many += 1;
        if named.len() < NAMED {
            named.push(what);
        }
    }

    /// Whether anything was, or would be, written.
    pub(crate) fn is_nothing(&self) -> bool {
        self.done.iter().all(|(what, many)| *many == 0 || what.ends_with("already"))
    }

    /// How many of something were done.
    #[cfg(test)]
    pub(super) fn of(&self, what: &str) -> u64 {
        self.done.get(what).copied().unwrap_or_default()
    }

    /// How many could not be mapped for this reason.
    #[cfg(test)]
    pub(super) fn unmapped_by(&self, why: &str) -> u64 {
        self.unmapped.iter().filter(|(reason, _)| reason.starts_with(why)).map(|(_, (many, _))| many).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, many) in self.done.iter().filter(|(_, many)| **many > 0) {
            writeln!(f, "{what}: {many}")?;
        }
        if self.is_nothing() {
            writeln!(f, "nothing to do: everything is so already")?;
        }
        for (why, (many, named)) in &self.unmapped {
            writeln!(f, "\nnot as it was: {why} ({many})")?;
            for what in named {
                writeln!(f, "  {what}")?;
            }
            if *many > named.len() as u64 {
                writeln!(f, "  … and {} more", many - named.len() as u64)?;
            }
        }
        Ok(())
    }
}
