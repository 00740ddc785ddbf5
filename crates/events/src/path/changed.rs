//! `org.openedx.learning.path.completion.changed.v1`.

use lp_domain::{AwardState, RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::{Poison, reason};

/// How the award of a completion stands changed. Of one that is simply valid, as of most, nothing is told; that it was taken back
/// is told by [`PathCompletionRevoked`](super::PathCompletionRevoked).
#[derive(Debug, Clone, PartialEq)]
pub struct PathCompletionChanged {
    /// Identity of the completion.
    pub completion_id: Uuid,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// 1 for the first award of the attempt, raised by each that renews it.
    pub period: u32,
    /// 1 for the first such event of a completion, raised by each: the greatest holds.
    pub change: u32,
    /// How it stands.
    pub state: AwardState,
    /// Whether what is known now meets the requirement, whatever follows from that.
    pub requirement_met: bool,
    /// The first instant at which the award is valid.
    pub valid_from: Timestamp,
    /// The first instant at which it no longer is, if it expires.
    pub expires_at: Option<Timestamp>,
    /// When a grace ends.
    pub grace_until: Option<Timestamp>,
    /// The completion that this one renews.
    pub renews: Option<Uuid>,
    /// Since when it stands so, by its dates.
    pub changed_at: Timestamp,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    completion_id: String,
    user: UserWire<'e>,
    path: PathWire<'e>,
    attempt: i64,
    period: i64,
    change: i64,
    state: &'e str,
    requirement_met: bool,
    valid_from: String,
    expires_at: String,
    grace_until: String,
    renews: String,
    changed_at: String,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_completion_state: Wire<'e>,
}

impl PathCompletionChanged {
    pub(super) fn encode(&self) -> Vec<u8> {
        wire::encode(
            &wire::CHANGED,
            &Datum {
                learning_path_completion_state: Wire {
                    completion_id: self.completion_id.to_string(),
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    attempt: self.attempt.into(),
                    period: self.period.into(),
                    change: self.change.into(),
                    state: self.state.word(),
                    requirement_met: self.requirement_met,
                    valid_from: iso(self.valid_from),
                    expires_at: self.expires_at.map(iso).unwrap_or_default(),
                    grace_until: self.grace_until.map(iso).unwrap_or_default(),
                    renews: self.renews.map(|of| of.to_string()).unwrap_or_default(),
                    changed_at: iso(self.changed_at),
                },
            },
        )
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_completion_state")?;
        let mut path = event.record("path")?;
        let state = event.word("state")?;
        let unknown = || Poison::new(reason::FIELD_TYPE, format!("{state} is no state of an award"));
        Ok(Self {
            completion_id: event.uuid("completion_id")?,
            user: Profile::parse(&mut event, "user")?,
            run: path.run("key")?,
            display_name: path.string("display_name")?,
            attempt: event.count("attempt")?,
            period: event.count("period")?,
            change: event.count("change")?,
            state: AwardState::from_word(&state).ok_or_else(unknown)?,
            requirement_met: event.boolean("requirement_met")?,
            valid_from: event.date("valid_from")?,
            expires_at: event.date_or_empty("expires_at")?,
            grace_until: event.date_or_empty("grace_until")?,
            renews: event.uuid_or_empty("renews")?,
            changed_at: event.date("changed_at")?,
        })
    }
}
