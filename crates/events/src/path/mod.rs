//! Our own events, one module a type: what the world is told of path completions, credentials, enrolments, dates and
//! retired learners.

mod changed;
mod completed;
mod credential_awarded;
mod credential_revoked;
mod enrolment;
mod retired;
mod revoked;
mod time_status;
mod unsent;
mod wire;

pub use changed::PathCompletionChanged;
pub use completed::{CountedContext, PathCompleted};
pub use credential_awarded::PathCredentialAwarded;
pub use credential_revoked::PathCredentialRevoked;
pub use enrolment::PathEnrolment;
pub use retired::LearnerRetired;
pub use revoked::PathCompletionRevoked;
pub use time_status::PathTimeStatus;
pub use unsent::{as_of_now, without_names};
pub use wire::{Origin, SOURCELIB, encode_key, headers, key_schema_text, schema_text};

use lp_domain::LearnerId;

use crate::event_type as types;
use crate::fields::Fields;
use crate::poison::Poison;

/// Base name of the topic of all of them.
pub const TOPIC: &str = "learning-path-lifecycle";

/// An event of ours that others of ours read, to be written or as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum PathEvent {
    /// A learner completed a path run.
    Completed(PathCompleted),
    /// A completion no longer holds.
    Revoked(PathCompletionRevoked),
    /// How the award of a completion stands changed.
    Changed(PathCompletionChanged),
    /// A credential holds from now on.
    CredentialAwarded(PathCredentialAwarded),
    /// A credential no longer holds.
    CredentialRevoked(PathCredentialRevoked),
    /// A learner's account was retired.
    Retired(LearnerRetired),
}

impl PathEvent {
    /// Reads a datum of the given type; `None` if it is none of ours.
    pub(crate) fn parse(event_type: &str, datum: &mut Fields<'_>) -> Result<Option<Self>, Poison> {
        Ok(match event_type {
            types::PATH_COMPLETED => Some(Self::Completed(PathCompleted::parse(datum)?)),
            types::PATH_COMPLETION_REVOKED => Some(Self::Revoked(PathCompletionRevoked::parse(datum)?)),
            types::PATH_COMPLETION_CHANGED => Some(Self::Changed(PathCompletionChanged::parse(datum)?)),
            types::PATH_CREDENTIAL_AWARDED => {
                Some(Self::CredentialAwarded(PathCredentialAwarded::parse(datum)?))
            }
            types::PATH_CREDENTIAL_REVOKED => {
                Some(Self::CredentialRevoked(PathCredentialRevoked::parse(datum)?))
            }
            types::PATH_LEARNER_RETIRED => Some(Self::Retired(LearnerRetired::parse(datum)?)),
            _ => None,
        })
    }

    /// `ce_type`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        match self {
            Self::Completed(_) => types::PATH_COMPLETED,
            Self::Revoked(_) => types::PATH_COMPLETION_REVOKED,
            Self::Changed(_) => types::PATH_COMPLETION_CHANGED,
            Self::CredentialAwarded(_) => types::PATH_CREDENTIAL_AWARDED,
            Self::CredentialRevoked(_) => types::PATH_CREDENTIAL_REVOKED,
            Self::Retired(_) => types::PATH_LEARNER_RETIRED,
        }
    }

    /// The schema that [`encode_body`](Self::encode_body) writes with: the text to register.
    #[must_use]
    pub fn schema_text(&self) -> &'static str {
        match self {
            Self::Completed(_) => wire::COMPLETED_SCHEMA,
            Self::Revoked(_) => wire::REVOKED_SCHEMA,
            Self::Changed(_) => wire::CHANGED_SCHEMA,
            Self::CredentialAwarded(_) => wire::CREDENTIAL_AWARDED_SCHEMA,
            Self::CredentialRevoked(_) => wire::CREDENTIAL_REVOKED_SCHEMA,
            Self::Retired(_) => wire::LEARNER_RETIRED_SCHEMA,
        }
    }

    /// The bare Avro datum; the frame comes when the registry has given the schema its id.
    #[must_use]
    pub fn encode_body(&self) -> Vec<u8> {
        match self {
            Self::Completed(event) => event.encode(),
            Self::Revoked(event) => event.encode(),
            Self::Changed(event) => event.encode(),
            Self::CredentialAwarded(event) => event.encode(),
            Self::CredentialRevoked(event) => event.encode(),
            Self::Retired(event) => event.encode(),
        }
    }

    /// The LMS user id: the message's key.
    #[must_use]
    pub fn learner(&self) -> LearnerId {
        match self {
            Self::Completed(event) => event.user.learner,
            Self::Revoked(event) => event.user.learner,
            Self::Changed(event) => event.user.learner,
            Self::CredentialAwarded(event) => event.user.learner,
            Self::CredentialRevoked(event) => event.user.learner,
            Self::Retired(event) => event.learner,
        }
    }
}
