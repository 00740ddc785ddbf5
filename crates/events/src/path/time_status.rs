//! `org.openedx.learning.path.time_status.changed.v1`.

use lp_domain::{RunKey, TimeStatus, Timestamp};
use serde::Serialize;

use super::wire::{self, PathWire, UserWire};
use crate::instant::iso;
use crate::lms::Profile;

/// How a learner stands to the dates of a path run, after a change. Written only: nothing of ours reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PathTimeStatus {
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// How the learner stands.
    pub status: TimeStatus,
    /// The first instant at which the learner is late, if there is a due date.
    pub due_at: Option<Timestamp>,
    /// Since when, by the dates.
    pub changed_at: Timestamp,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    user: UserWire<'e>,
    path: PathWire<'e>,
    attempt: i64,
    status: &'e str,
    due_at: String,
    changed_at: String,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_time_status: Wire<'e>,
}

impl PathTimeStatus {
    /// The bare Avro datum; the frame comes when the registry has given the schema its id.
    #[must_use]
    pub fn encode_body(&self) -> Vec<u8> {
        wire::encode(
            &wire::TIME_STATUS,
            &Datum {
                learning_path_time_status: Wire {
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    attempt: self.attempt.into(),
                    status: self.status.word(),
                    due_at: self.due_at.map(iso).unwrap_or_default(),
                    changed_at: iso(self.changed_at),
                },
            },
        )
    }
}
