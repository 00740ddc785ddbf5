//! `org.openedx.learning.path.credential.revoked.v1`.

use lp_domain::{RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::Poison;

/// A credential no longer holds, for good or for a while. That it holds again is told by
/// [`PathCredentialAwarded`](super::PathCredentialAwarded).
#[derive(Debug, Clone, PartialEq)]
pub struct PathCredentialRevoked {
    /// Identity of the credential.
    pub credential_id: Uuid,
    /// The completion that it was for.
    pub completion_id: Uuid,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The number of the credential's change, as in [`PathCredentialAwarded`](super::PathCredentialAwarded): the greatest holds.
    pub change: u32,
    /// How it stands, as a word for programs: `revoked`, `suspended`, `withdrawn`; more may come.
    pub status: String,
    /// Why, as a word or for people; empty if nothing was said.
    pub reason: String,
    /// From when it no longer holds.
    pub revoked_at: Timestamp,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    credential_id: String,
    completion_id: String,
    user: UserWire<'e>,
    path: PathWire<'e>,
    change: i64,
    status: &'e str,
    reason: &'e str,
    revoked_at: String,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_credential_revocation: Wire<'e>,
}

impl PathCredentialRevoked {
    pub(super) fn encode(&self) -> Vec<u8> {
        wire::encode(
            &wire::CREDENTIAL_REVOKED,
            &Datum {
                learning_path_credential_revocation: Wire {
                    credential_id: self.credential_id.to_string(),
                    completion_id: self.completion_id.to_string(),
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    change: self.change.into(),
                    status: &self.status,
                    reason: &self.reason,
                    revoked_at: iso(self.revoked_at),
                },
            },
        )
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_credential_revocation")?;
        let mut path = event.record("path")?;
        Ok(Self {
            credential_id: event.uuid("credential_id")?,
            completion_id: event.uuid("completion_id")?,
            user: Profile::parse(&mut event, "user")?,
            run: path.run("key")?,
            display_name: path.string("display_name")?,
            change: event.count("change")?,
            status: event.word("status")?,
            reason: event.string("reason")?,
            revoked_at: event.date("revoked_at")?,
        })
    }
}
