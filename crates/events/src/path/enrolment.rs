//! `org.openedx.learning.path.enrollment.created.v1` and `….changed.v1`.

use lp_domain::{EnrolmentState, RunKey, Timestamp};
use serde::Serialize;

use super::wire::{self, PathWire, UserWire};
use crate::event_type as types;
use crate::instant::iso;
use crate::lms::Profile;

/// A learner's enrolment in a path run, as it is after a change. Written only: nothing of ours reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PathEnrolment {
    /// Whether it is the learner's first in this run; else one that was there has changed.
    pub is_new: bool,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The definition under which the learner was enrolled, from 1.
    pub revision: u32,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The date of the change.
    pub changed_at: Timestamp,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    user: UserWire<'e>,
    path: PathWire<'e>,
    status: &'e str,
    is_active: bool,
    revision: i64,
    attempt: i64,
    changed_at: String,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_enrollment: Wire<'e>,
}

impl PathEnrolment {
    /// `ce_type`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        if self.is_new { types::PATH_ENROLLMENT_CREATED } else { types::PATH_ENROLLMENT_CHANGED }
    }

    /// The bare Avro datum; the frame comes when the registry has given the schema its id.
    #[must_use]
    pub fn encode_body(&self) -> Vec<u8> {
        wire::encode(
            &wire::ENROLLMENT,
            &Datum {
                learning_path_enrollment: Wire {
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    status: self.state.word(),
                    is_active: self.state == EnrolmentState::Active,
                    revision: self.revision.into(),
                    attempt: self.attempt.into(),
                    changed_at: iso(self.changed_at),
                },
            },
        )
    }
}
