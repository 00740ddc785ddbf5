//! The keys of learning paths' runs.

use std::sync::Arc;

use crate::named::Named;
use crate::text_key::only_text_key;
use crate::{KeyError, KeyKind};

/// The key of a learning path's run, `path-v1:ORG+NUMBER+RUN+GROUP`, as learning-paths-plugin writes it.
///
/// A part may hold any character but `+` and control characters: spaces, `/` and `?` too, so that a key must be
/// percent-encoded in a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathKey(Arc<str>);

only_text_key!(PathKey);

impl PathKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        if key.kind != KeyKind::Path {
            return Err(key.other_than("a learning path's run"));
        }
        let (mut parts, mut whole) = (0, true);
        for part in key.rest.split('+') {
            parts += 1;
            whole &= !part.is_empty();
        }
        if whole && parts == 4 { Ok(Self(key.as_it_is())) } else { Err(key.malformed()) }
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &str {
        self.part(0)
    }

    /// The path's number within the organisation.
    #[must_use]
    pub fn number(&self) -> &str {
        self.part(1)
    }

    /// The run, often a year or a term.
    #[must_use]
    pub fn run(&self) -> &str {
        self.part(2)
    }

    /// The group of learners that the run is for.
    #[must_use]
    pub fn group(&self) -> &str {
        self.part(3)
    }

    fn part(&self, index: usize) -> &str {
        self.rest().split('+').nth(index).unwrap_or_default()
    }
}
