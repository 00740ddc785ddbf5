//! The grammars, by name.

use std::fmt;

/// The grammar that a key is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `course-v1:ORG+COURSE+RUN`, a course run.
    Course,
    /// `ORG/COURSE/RUN`, a course run's deprecated id.
    SlashCourse,
    /// `ccx-v1:ORG+COURSE+RUN+ccx@ID`, a coach's copy of a course run.
    Ccx,
    /// `library-v1:ORG+LIBRARY`, a library of the modulestore.
    LegacyLibrary,
    /// `lib:ORG:SLUG`, a content library.
    Library,
    /// `path-v1:ORG+NUMBER+RUN+GROUP`, a learning path's run.
    Path,
    /// `block-v1:…+type@TYPE+block@ID`, a block of a course run.
    Block,
    /// `i4x://ORG/COURSE/TYPE/ID`, a block's deprecated id, which does not know the course's run.
    Location,
    /// `ccx-block-v1:…+ccx@ID+type@TYPE+block@ID`, a block of a coach's copy.
    CcxBlock,
    /// `lib-block-v1:…+type@TYPE+block@ID`, a block of a modulestore library.
    LegacyLibraryBlock,
    /// `lb:ORG:SLUG:TYPE:ID`, a block of a content library.
    LibraryBlock,
    /// `lib-collection:ORG:SLUG:ID`, a collection of a content library.
    Collection,
    /// `lct:ORG:SLUG:TYPE:ID`, a container (unit, subsection, section) of a content library.
    Container,
}

impl KeyKind {
    /// The kind that a namespace names; namespaces are case-sensitive.
    pub(crate) fn of_namespace(namespace: &str) -> Option<Self> {
        Some(match namespace {
            "course-v1" | "slashes" => Self::Course,
            "block-v1" => Self::Block,
            "ccx-v1" => Self::Ccx,
            "ccx-block-v1" => Self::CcxBlock,
            "library-v1" => Self::LegacyLibrary,
            "lib-block-v1" => Self::LegacyLibraryBlock,
            "lib" => Self::Library,
            "lb" => Self::LibraryBlock,
            "lib-collection" => Self::Collection,
            "lct" => Self::Container,
            "path-v1" => Self::Path,
            "i4x" => Self::Location,
            _ => return None,
        })
    }

    /// What keys of this kind start with, up to the colon; `None` for slash-separated course ids.
    #[must_use]
    pub fn namespace(self) -> Option<&'static str> {
        Some(match self {
            Self::Course => "course-v1",
            Self::SlashCourse => return None,
            Self::Ccx => "ccx-v1",
            Self::LegacyLibrary => "library-v1",
            Self::Library => "lib",
            Self::Path => "path-v1",
            Self::Block => "block-v1",
            Self::Location => "i4x",
            Self::CcxBlock => "ccx-block-v1",
            Self::LegacyLibraryBlock => "lib-block-v1",
            Self::LibraryBlock => "lb",
            Self::Collection => "lib-collection",
            Self::Container => "lct",
        })
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.namespace().unwrap_or("org/course/run"))
    }
}
