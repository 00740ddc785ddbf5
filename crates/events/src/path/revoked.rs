//! `org.openedx.learning.path.completion.revoked.v1`.

use lp_domain::{RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::Poison;

/// A completion no longer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PathCompletionRevoked {
    /// Identity of the completion that is taken back.
    pub completion_id: Uuid,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The definition under which it had been completed, from 1.
    pub revision: u32,
    /// The attempt that had been completed, from 1.
    pub attempt: u32,
    /// The date of the completion that is taken back.
    pub completed_at: Timestamp,
    /// From when it no longer holds.
    pub revoked_at: Timestamp,
    /// Why, as a word for programs: `requirement_no_longer_met`, `override_withdrawn`; more may come.
    pub reason: String,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    completion_id: String,
    user: UserWire<'e>,
    path: PathWire<'e>,
    revision: i64,
    attempt: i64,
    completed_at: String,
    revoked_at: String,
    reason: &'e str,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_completion_revocation: Wire<'e>,
}

impl PathCompletionRevoked {
    pub(super) fn encode(&self) -> Vec<u8> {
        wire::encode(
            &wire::REVOKED,
            &Datum {
                learning_path_completion_revocation: Wire {
                    completion_id: self.completion_id.to_string(),
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    revision: self.revision.into(),
                    attempt: self.attempt.into(),
                    completed_at: iso(self.completed_at),
                    revoked_at: iso(self.revoked_at),
                    reason: &self.reason,
                },
            },
        )
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_completion_revocation")?;
        let mut path = event.record("path")?;
        Ok(Self {
            completion_id: event.uuid("completion_id")?,
            user: Profile::parse(&mut event, "user")?,
            run: path.run("key")?,
            display_name: path.string("display_name")?,
            revision: event.count("revision")?,
            attempt: event.count("attempt")?,
            completed_at: event.date("completed_at")?,
            revoked_at: event.date("revoked_at")?,
            reason: event.word("reason")?,
        })
    }
}
