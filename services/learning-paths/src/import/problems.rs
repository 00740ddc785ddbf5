//! Everything that is wrong with a file, each with a pointer into it.

use std::fmt;

/// What is wrong, in the order in which it was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// JSON pointer into the file (`/paths/0/runs/1/items/3`).
    pub(crate) pointer: String,
    /// What, in plain words.
    pub(crate) what: String,
}

impl Problems {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, what: impl fmt::Display) {
        self.0.push(Problem { pointer: pointer.into(), what: what.to_string() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn pointers(&self) -> Vec<&str> {
        self.0.iter().map(|problem| problem.pointer.as_str()).collect()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was imported, since the file has {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|Problem { pointer, what }| {
            write!(f, "\n  {}: {what}", if pointer.is_empty() { "/" } else { pointer })
        })
    }
}
