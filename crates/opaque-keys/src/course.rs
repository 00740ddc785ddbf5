//! The keys of course runs and of coaches' copies of them.

use std::sync::Arc;

use crate::chars::is_slash_part;
use crate::named::{Named, printed};
use crate::parts::Parts;
use crate::text_key::only_text_key;
use crate::{KeyError, KeyKind};

/// The key of a course run: `course-v1:`, a deprecated `ORG/COURSE/RUN`, or `ccx-v1:` for a coach's copy.
///
/// These are the keys whose `is_course` is true in Python. `slashes:` is read as an alias of `course-v1:`.
/// A `course-v1:` or `ccx-v1:` key may also name a version alone, without organisation, course and run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CourseKey(pub(crate) Arc<str>);

only_text_key!(CourseKey);

impl CourseKey {
    pub(crate) fn read(key: Named<'_>) -> Result<Self, KeyError> {
        match key.kind {
            KeyKind::Course | KeyKind::Ccx => {
                let parts = Parts::read(key.rest, key.kind)?;
                printed(parts.print_course(key.kind).ok_or(key.malformed())?.finish()).map(Self)
            }
            KeyKind::SlashCourse if slash_parts(key.text).is_some() => Ok(Self(key.as_it_is())),
            KeyKind::SlashCourse => Err(key.malformed()),
            _ => Err(key.other_than("a course run")),
        }
    }

    /// The grammar that the key is written in.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self.0.split_once(':') {
            None => KeyKind::SlashCourse,
            Some(("ccx-v1", _)) => KeyKind::Ccx,
            Some(_) => KeyKind::Course,
        }
    }

    /// The organisation; `None` where the key names a version alone.
    #[must_use]
    pub fn org(&self) -> Option<&str> {
        self.parts().org
    }

    /// The course; `None` where the key names a version alone.
    #[must_use]
    pub fn course(&self) -> Option<&str> {
        self.parts().course
    }

    /// The run, empty in some deprecated ids; `None` where the key names a version alone.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        self.parts().run
    }

    /// The branch of the modulestore, such as `draft-branch`.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.parts().branch
    }

    /// The version in the modulestore, 24 hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.parts().version
    }

    /// The id of the coach's copy.
    #[must_use]
    pub fn ccx(&self) -> Option<&str> {
        self.parts().ccx
    }

    /// The course run that a coach's copy was made of; `None` where the key is no coach's copy.
    #[must_use]
    pub fn master_course(&self) -> Option<Self> {
        let course = self.0.strip_prefix("ccx-v1:")?;
        let (course, _) = course.rsplit_once("+ccx@")?;
        Some(Self(format!("course-v1:{course}").into()))
    }

    fn parts(&self) -> Parts<'_> {
        let parts = match self.kind() {
            KeyKind::SlashCourse => slash_parts(&self.0),
            kind => Parts::read(self.rest(), kind).ok(),
        };
        // What was read once reads again.
        parts.unwrap_or_default()
    }
}

/// Reads `ORG/COURSE/RUN`, where the run may be empty.
fn slash_parts(text: &str) -> Option<Parts<'_>> {
    let mut fields = text.split('/');
    let (org, course, run) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = is_slash_part(org) && is_slash_part(course) && (run.is_empty() || is_slash_part(run));
    (whole && fields.next().is_none()).then(|| Parts {
        org: Some(org),
        course: Some(course),
        run: Some(run),
        ..Parts::default()
    })
}
