//! The keys of libraries, and of what content libraries hold besides blocks.

use std::sync::Arc;

use crate::chars::{is_ascii_slug, is_slug};
use crate::named::{Named, printed};
use crate::parts::Parts;
use crate::text_key::only_text_key;
use crate::{KeyError, KeyKind};

/// The key of a library of the modulestore, `library-v1:ORG+LIBRARY`.
///
/// A third part is read and dropped, as in Python. A key may name a version alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegacyLibraryKey(pub(crate) Arc<str>);

only_text_key!(LegacyLibraryKey);

impl LegacyLibraryKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        if key.kind != KeyKind::LegacyLibrary {
            return Err(key.other_than("a legacy library"));
        }
        let parts = Parts::read(key.rest, key.kind)?;
        printed(parts.print_library(key.kind).ok_or(key.malformed())?.finish()).map(Self)
    }

    /// The organisation; `None` where the key names a version alone.
    #[must_use]
    pub fn org(&self) -> Option<&str> {
        self.parts().org
    }

    /// The library; `None` where the key names a version alone.
    #[must_use]
    pub fn library(&self) -> Option<&str> {
        self.parts().course
    }

    /// The branch of the modulestore.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.parts().branch
    }

    /// The version in the modulestore, 24 hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.parts().version
    }

    fn parts(&self) -> Parts<'_> {
        // What was read once reads again.
        Parts::read(self.rest(), KeyKind::LegacyLibrary).unwrap_or_default()
    }
}

/// The key of a content library, `lib:ORG:SLUG`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryKey(Arc<str>);

only_text_key!(LibraryKey);

impl LibraryKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        if key.kind != KeyKind::Library {
            return Err(key.other_than("a content library"));
        }
        let [org, slug] = key.fields()?;
        if is_ascii_slug(org) && is_slug(slug) { Ok(Self(key.as_it_is())) } else { Err(key.malformed()) }
    }

    /// The library that the `rest` of the key of a thing in it starts with.
    pub(crate) fn holding(rest: &str) -> Self {
        Self(format!("lib:{}:{}", field(rest, 0), field(rest, 1)).into())
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &str {
        field(self.rest(), 0)
    }

    /// The library's slug within the organisation.
    #[must_use]
    pub fn slug(&self) -> &str {
        field(self.rest(), 1)
    }
}

/// The key of a collection of a content library, `lib-collection:ORG:SLUG:ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionKey(Arc<str>);

only_text_key!(CollectionKey);

impl CollectionKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        if key.kind != KeyKind::Collection {
            return Err(key.other_than("a collection"));
        }
        let [org, slug, id] = key.fields()?;
        let whole = is_ascii_slug(org) && is_slug(slug) && is_slug(id);
        if whole { Ok(Self(key.as_it_is())) } else { Err(key.malformed()) }
    }

    /// The library's organisation.
    #[must_use]
    pub fn org(&self) -> &str {
        field(self.rest(), 0)
    }

    /// The library that the collection belongs to.
    #[must_use]
    pub fn library(&self) -> LibraryKey {
        LibraryKey::holding(self.rest())
    }

    /// The collection within the library.
    #[must_use]
    pub fn collection_id(&self) -> &str {
        field(self.rest(), 2)
    }
}

/// The key of a container of a content library, `lct:ORG:SLUG:TYPE:ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerKey(Arc<str>);

only_text_key!(ContainerKey);

impl ContainerKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        if key.kind != KeyKind::Container {
            return Err(key.other_than("a container"));
        }
        let [org, slug, container_type, id] = key.fields()?;
        let whole = is_ascii_slug(org) && is_slug(slug) && is_ascii_slug(container_type) && is_slug(id);
        if whole { Ok(Self(key.as_it_is())) } else { Err(key.malformed()) }
    }

    /// The library's organisation.
    #[must_use]
    pub fn org(&self) -> &str {
        field(self.rest(), 0)
    }

    /// The library that the container belongs to.
    #[must_use]
    pub fn library(&self) -> LibraryKey {
        LibraryKey::holding(self.rest())
    }

    /// The type, such as `unit`, `subsection` or `section`.
    #[must_use]
    pub fn container_type(&self) -> &str {
        field(self.rest(), 2)
    }

    /// The container within the library.
    #[must_use]
    pub fn container_id(&self) -> &str {
        field(self.rest(), 3)
    }
}

/// One of the fields between the colons of what follows the namespace.
pub(crate) fn field(rest: &str, index: usize) -> &str {
    rest.split(':').nth(index).unwrap_or_default()
}
