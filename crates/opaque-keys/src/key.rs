//! A key of any type.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::named::Named;
use crate::text_key::text_key;
use crate::{
    CollectionKey, ContainerKey, CourseKey, KeyError, KeyKind, LegacyLibraryKey, LibraryKey, PathKey,
    UsageKey,
};

/// A key of any type: what Open edX names learning contexts and what they hold by.
///
/// Compared and ordered by the bytes that it prints: no case folding, no Unicode normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OpaqueKey {
    /// A course run or a coach's copy of one.
    Course(CourseKey),
    /// A library of the modulestore.
    LegacyLibrary(LegacyLibraryKey),
    /// A content library.
    Library(LibraryKey),
    /// A learning path's run.
    Path(PathKey),
    /// A block.
    Usage(UsageKey),
    /// A collection of a content library.
    Collection(CollectionKey),
    /// A container of a content library.
    Container(ContainerKey),
}

text_key!(OpaqueKey);

impl OpaqueKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        match key.kind {
            KeyKind::Course | KeyKind::SlashCourse | KeyKind::Ccx => CourseKey::read(key).map(Self::Course),
            KeyKind::LegacyLibrary => LegacyLibraryKey::read(key).map(Self::LegacyLibrary),
            KeyKind::Library => LibraryKey::read(key).map(Self::Library),
            KeyKind::Path => PathKey::read(key).map(Self::Path),
            KeyKind::Block
            | KeyKind::Location
            | KeyKind::CcxBlock
            | KeyKind::LegacyLibraryBlock
            | KeyKind::LibraryBlock => UsageKey::read(key).map(Self::Usage),
            KeyKind::Collection => CollectionKey::read(key).map(Self::Collection),
            KeyKind::Container => ContainerKey::read(key).map(Self::Container),
        }
    }

    /// The key as it prints.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Course(key) => key.as_str(),
            Self::LegacyLibrary(key) => key.as_str(),
            Self::Library(key) => key.as_str(),
            Self::Path(key) => key.as_str(),
            Self::Usage(key) => key.as_str(),
            Self::Collection(key) => key.as_str(),
            Self::Container(key) => key.as_str(),
        }
    }

    /// The grammar that the key is written in.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Course(key) => key.kind(),
            Self::LegacyLibrary(_) => KeyKind::LegacyLibrary,
            Self::Library(_) => KeyKind::Library,
            Self::Path(_) => KeyKind::Path,
            Self::Usage(key) => key.kind(),
            Self::Collection(_) => KeyKind::Collection,
            Self::Container(_) => KeyKind::Container,
        }
    }

    /// Whether it names a course run, a library or a path's run: what Python calls a `LearningContextKey`.
    #[must_use]
    pub fn is_learning_context(&self) -> bool {
        matches!(self, Self::Course(_) | Self::LegacyLibrary(_) | Self::Library(_) | Self::Path(_))
    }

    /// Whether it names a block where it is used: what Python calls a `UsageKey`.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_))
    }

    /// The organisation; `None` where the key names a version alone.
    #[must_use]
    pub fn org(&self) -> Option<&str> {
        match self {
            Self::Course(key) => key.org(),
            Self::LegacyLibrary(key) => key.org(),
            Self::Library(key) => Some(key.org()),
            Self::Path(key) => Some(key.org()),
            Self::Usage(key) => key.org(),
            Self::Collection(key) => Some(key.org()),
            Self::Container(key) => Some(key.org()),
        }
    }

    /// The course run that a block is used in; `None` for all other keys, for libraries' blocks, and for `i4x`,
    /// which does not know the run.
    #[must_use]
    pub fn course_key(&self) -> Option<CourseKey> {
        match self {
            Self::Usage(key) => key.course_key(),
            _ => None,
        }
    }

    /// The learning context that holds a block, a collection or a container; `None` for learning contexts, and for
    /// `i4x`, which does not know the run.
    #[must_use]
    pub fn context_key(&self) -> Option<Self> {
        match self {
            Self::Usage(key) => key.context_key(),
            Self::Collection(key) => Some(Self::Library(key.library())),
            Self::Container(key) => Some(Self::Library(key.library())),
            Self::Course(_) | Self::LegacyLibrary(_) | Self::Library(_) | Self::Path(_) => None,
        }
    }
}

impl PartialOrd for OpaqueKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OpaqueKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl From<OpaqueKey> for Arc<str> {
    fn from(key: OpaqueKey) -> Self {
        match key {
            OpaqueKey::Course(key) => key.into(),
            OpaqueKey::LegacyLibrary(key) => key.into(),
            OpaqueKey::Library(key) => key.into(),
            OpaqueKey::Path(key) => key.into(),
            OpaqueKey::Usage(key) => key.into(),
            OpaqueKey::Collection(key) => key.into(),
            OpaqueKey::Container(key) => key.into(),
        }
    }
}
