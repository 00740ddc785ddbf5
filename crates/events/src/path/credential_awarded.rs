//! `org.openedx.learning.path.credential.awarded.v1`.

use lp_domain::{RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::Poison;

/// A credential holds from now on: it was issued, issued anew, or holds again.
#[derive(Debug, Clone, PartialEq)]
pub struct PathCredentialAwarded {
    /// Identity of the credential; the same when it is issued anew.
    pub credential_id: Uuid,
    /// The completion that it is for.
    pub completion_id: Uuid,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The definition under which the path was completed, from 1.
    pub revision: u32,
    /// 1 for the first event of a credential, raised by each, [`PathCredentialRevoked`](super::PathCredentialRevoked) too: the
    /// greatest holds.
    pub change: u32,
    /// Why, as a word for programs: `issued`, `reissued`, `reinstated`; more may come.
    pub reason: String,
    /// When it was first awarded; the same when it is issued anew.
    pub awarded_at: Timestamp,
    /// The first instant at which it is valid.
    pub valid_from: Timestamp,
    /// The first instant at which it no longer is, if it expires.
    pub valid_until: Option<Timestamp>,
    /// Where it is hosted; empty where it is nowhere.
    pub url: String,
    /// The credential that this one takes the place of.
    pub supersedes: Option<Uuid>,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    credential_id: String,
    completion_id: String,
    user: UserWire<'e>,
    path: PathWire<'e>,
    revision: i64,
    change: i64,
    reason: &'e str,
    awarded_at: String,
    valid_from: String,
    valid_until: String,
    url: &'e str,
    supersedes: String,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_credential: Wire<'e>,
}

impl PathCredentialAwarded {
    pub(super) fn encode(&self) -> Vec<u8> {
        wire::encode(
            &wire::CREDENTIAL_AWARDED,
            &Datum {
                learning_path_credential: Wire {
                    credential_id: self.credential_id.to_string(),
                    completion_id: self.completion_id.to_string(),
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    revision: self.revision.into(),
                    change: self.change.into(),
                    reason: &self.reason,
                    awarded_at: iso(self.awarded_at),
                    valid_from: iso(self.valid_from),
                    valid_until: self.valid_until.map(iso).unwrap_or_default(),
                    url: &self.url,
                    supersedes: self.supersedes.map(|of| of.to_string()).unwrap_or_default(),
                },
            },
        )
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_credential")?;
        let mut path = event.record("path")?;
        Ok(Self {
            credential_id: event.uuid("credential_id")?,
            completion_id: event.uuid("completion_id")?,
            user: Profile::parse(&mut event, "user")?,
            run: path.run("key")?,
            display_name: path.string("display_name")?,
            revision: event.count("revision")?,
            change: event.count("change")?,
            reason: event.word("reason")?,
            awarded_at: event.date("awarded_at")?,
            valid_from: event.date("valid_from")?,
            valid_until: event.date_or_empty("valid_until")?,
            url: event.string("url")?,
            supersedes: event.uuid_or_empty("supersedes")?,
        })
    }
}
