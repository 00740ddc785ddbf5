//! Our own events, one module a type: what the world is told of path completions, enrolments and dates.

mod completed;
mod enrolment;
mod revoked;
mod time_status;
mod wire;

pub use completed::PathCompleted;
pub use enrolment::PathEnrolment;
pub use revoked::PathCompletionRevoked;
pub use time_status::PathTimeStatus;
pub use wire::{Origin, SOURCELIB, encode_key, headers, key_schema_text, schema_text};

use lp_domain::LearnerId;
use uuid::Uuid;

use crate::event_type as types;
use crate::fields::Fields;
use crate::lms::Profile;
use crate::poison::Poison;

/// Base name of the topic of all of them.
pub const TOPIC: &str = "learning-path-lifecycle";

/// An event of ours about a completion, to be written or as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum PathEvent {
    /// A learner completed a path run.
    Completed(PathCompleted),
    /// A completion no longer holds.
    Revoked(PathCompletionRevoked),
}

impl PathEvent {
    /// Reads a datum of the given type; `None` if it is none of ours.
    pub(crate) fn parse(event_type: &str, datum: &mut Fields<'_>) -> Result<Option<Self>, Poison> {
        Ok(match event_type {
            types::PATH_COMPLETED => Some(Self::Completed(PathCompleted::parse(datum)?)),
            types::PATH_COMPLETION_REVOKED => Some(Self::Revoked(PathCompletionRevoked::parse(datum)?)),
            _ => None,
        })
    }

    /// `ce_type`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        match self {
            Self::Completed(_) => types::PATH_COMPLETED,
            Self::Revoked(_) => types::PATH_COMPLETION_REVOKED,
        }
    }

    /// The schema that [`encode_body`](Self::encode_body) writes with: the text to register.
    #[must_use]
    pub fn schema_text(&self) -> &'static str {
        match self {
            Self::Completed(_) => wire::COMPLETED_SCHEMA,
            Self::Revoked(_) => wire::REVOKED_SCHEMA,
        }
    }

    /// The bare Avro datum; the frame comes when the registry has given the schema its id.
    #[must_use]
    pub fn encode_body(&self) -> Vec<u8> {
        match self {
            Self::Completed(event) => event.encode(),
            Self::Revoked(event) => event.encode(),
        }
    }

    /// The learner, with what is known of them.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        match self {
            Self::Completed(event) => &event.user,
            Self::Revoked(event) => &event.user,
        }
    }

    /// The LMS user id: the message's key.
    #[must_use]
    pub fn learner(&self) -> LearnerId {
        self.profile().learner
    }

    /// Which completion it is about.
    #[must_use]
    pub fn completion_id(&self) -> Uuid {
        match self {
            Self::Completed(event) => event.completion_id,
            Self::Revoked(event) => event.completion_id,
        }
    }
}
