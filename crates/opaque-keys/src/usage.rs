//! The keys of blocks: a course's, a coach's copy's, a library's.

use std::sync::Arc;

use crate::chars::{is_ascii_slug, is_deprecated_id, is_id, is_slash_part, is_slug};
use crate::library::field;
use crate::named::{Named, printed};
use crate::parts::Parts;
use crate::text_key::only_text_key;
use crate::{CourseKey, KeyError, KeyKind, LegacyLibraryKey, LibraryKey, OpaqueKey};

/// The key of a block where it is used: `block-v1:`, `ccx-block-v1:`, `lib-block-v1:`, `lb:` or, deprecated,
/// `i4x://ORG/COURSE/TYPE/ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey(Arc<str>);

only_text_key!(UsageKey);

impl UsageKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        match key.kind {
            KeyKind::Block | KeyKind::CcxBlock | KeyKind::LegacyLibraryBlock => {
                let parts = Parts::read(key.rest, key.kind)?;
                printed(print(&parts, key.kind).ok_or(key.malformed())?).map(Self)
            }
            KeyKind::LibraryBlock => {
                let [org, slug, block_type, id] = key.fields()?;
                let whole = is_ascii_slug(org) && is_slug(slug) && is_ascii_slug(block_type) && is_slug(id);
                if whole { Ok(Self(key.as_it_is())) } else { Err(key.malformed()) }
            }
            KeyKind::Location => match Location::read(key.rest) {
                Some(_) => Ok(Self(key.as_it_is())),
                None => Err(key.malformed()),
            },
            _ => Err(key.other_than("a block")),
        }
    }

    /// The grammar that the key is written in.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        // Blocks' namespaces have no alias, and only a known namespace got here.
        self.0.split_once(':').and_then(|(name, _)| KeyKind::of_namespace(name)).unwrap_or(KeyKind::Block)
    }

    /// The organisation; `None` where the key names a version alone.
    #[must_use]
    pub fn org(&self) -> Option<&str> {
        match self.kind() {
            KeyKind::Location => Location::read(self.rest()).map(|location| location.org),
            KeyKind::LibraryBlock => Some(field(self.rest(), 0)),
            kind => self.parts(kind).org,
        }
    }

    /// The type, such as `problem` or `video`; `None` (the word) where the key did not say, as Python prints it.
    #[must_use]
    pub fn block_type(&self) -> &str {
        match self.kind() {
            KeyKind::Location => Location::read(self.rest()).map_or("", |location| location.block_type),
            KeyKind::LibraryBlock => field(self.rest(), 2),
            kind => self.parts(kind).block_type.unwrap_or_default(),
        }
    }

    /// The block within its course or library.
    #[must_use]
    pub fn block_id(&self) -> &str {
        match self.kind() {
            KeyKind::Location => Location::read(self.rest()).map_or("", |location| location.block_id),
            KeyKind::LibraryBlock => field(self.rest(), 3),
            kind => self.parts(kind).block_id.unwrap_or_default(),
        }
    }

    /// The course or library that the block is used in; `None` for `i4x`, which does not know the run.
    #[must_use]
    pub fn context_key(&self) -> Option<OpaqueKey> {
        let context = self.rest().split_once("+type@").map(|(context, _)| context);
        Some(match self.kind() {
            KeyKind::LibraryBlock => OpaqueKey::Library(LibraryKey::holding(self.rest())),
            KeyKind::LegacyLibraryBlock => {
                OpaqueKey::LegacyLibrary(LegacyLibraryKey(format!("library-v1:{}", context?).into()))
            }
            KeyKind::CcxBlock => OpaqueKey::Course(CourseKey(format!("ccx-v1:{}", context?).into())),
            KeyKind::Block => OpaqueKey::Course(CourseKey(format!("course-v1:{}", context?).into())),
            _ => return None,
        })
    }

    /// The course run that the block is used in; `None` for libraries' blocks, and for `i4x`, which does not know
    /// the run.
    #[must_use]
    pub fn course_key(&self) -> Option<CourseKey> {
        match self.context_key() {
            Some(OpaqueKey::Course(course)) => Some(course),
            _ => None,
        }
    }

    fn parts(&self, kind: KeyKind) -> Parts<'_> {
        // What was read once reads again.
        Parts::read(self.rest(), kind).unwrap_or_default()
    }
}

fn print(parts: &Parts<'_>, kind: KeyKind) -> Option<String> {
    let block_id = parts.block_id.filter(|id| is_id(id))?;
    let (mut printer, block_type) = if kind == KeyKind::LegacyLibraryBlock {
        (parts.print_library(kind)?, parts.block_type?)
    } else {
        // Python formats its missing type as the word.
        (parts.print_course(kind)?, parts.block_type.unwrap_or("None"))
    };
    printer.push("type@", block_type);
    printer.push("block@", block_id);
    Some(printer.finish())
}

/// The parts of `i4x://ORG/COURSE/TYPE/ID[@REVISION]`.
struct Location<'a> {
    org: &'a str,
    block_type: &'a str,
    block_id: &'a str,
}

impl<'a> Location<'a> {
    /// Reads what follows `i4x:`. Nothing restricts the type, neither here nor in Python.
    fn read(rest: &'a str) -> Option<Self> {
        let mut fields = rest.strip_prefix("//")?.splitn(4, '/');
        let (org, course) = (fields.next()?, fields.next()?);
        let (block_type, name) = (fields.next()?, fields.next()?);
        let (block_id, revision) = name.split_once('@').map_or((name, None), |(id, rev)| (id, Some(rev)));
        let whole = is_slash_part(org)
            && is_slash_part(course)
            && !block_type.is_empty()
            && is_deprecated_id(block_id)
            && revision.is_none_or(is_deprecated_id);
        whole.then_some(Self { org, block_type, block_id })
    }
}
