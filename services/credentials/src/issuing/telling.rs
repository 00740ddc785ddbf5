//! What the world is told of a credential.

use chrono::{DateTime, Utc};
use lp_domain::{LearnerId, RunKey, Timestamp};
use lp_events::lms::Profile;
use lp_events::path::{PathCredentialAwarded, PathCredentialRevoked, PathEvent, TOPIC};
use lp_outbox::OutboxMessage;
use uuid::Uuid;

use super::site::Site;
use super::work::IssueError;
use crate::store::Award;
use crate::store::issuing::credentials::{Credential, CredentialStatus};
use crate::store::issuing::due::Names;

/// Why a credential holds from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    Issued,
    Reissued,
    Reinstated,
}

impl Because {
    fn word(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Reissued => "reissued",
            Self::Reinstated => "reinstated",
        }
    }
}

/// The message that tells of a credential's latest change: its id follows from both, so that a repetition is seen as one.
pub(super) fn message(
    site: &Site,
    award: &Award,
    names: Option<&Names>,
    credential: &Credential,
    because: Because,
    now: DateTime<Utc>,
) -> Result<OutboxMessage, IssueError> {
    let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    let learner = LearnerId::try_from(credential.learner_id).map_err(|error| decode(error.into()))?;
    let run = RunKey::parse(&credential.run_key).map_err(|error| decode(error.into()))?;
    let instant = |at: DateTime<Utc>| Timestamp::try_from(at).map_err(|error| decode(error.into()));
    let user = names.map_or_else(
        || Profile::unknown(learner),
        |names| Profile {
            username: names.username.clone(),
            email: names.email.clone(),
            name: names.name.clone(),
            ..Profile::unknown(learner)
        },
    );
    let (credential_id, completion_id) = (credential.credential_id, credential.completion_id);
    let (display_name, change) = (award.path_name.clone(), credential.change.unsigned_abs());
    let event = match credential.status {
        CredentialStatus::Valid => PathEvent::CredentialAwarded(PathCredentialAwarded {
            credential_id,
            completion_id,
            user,
            run,
            display_name,
            revision: award.revision.unsigned_abs(),
            change,
            reason: because.word().to_owned(),
            awarded_at: instant(credential.awarded_at)?,
            valid_from: instant(credential.valid_from)?,
            valid_until: credential.valid_until.map(instant).transpose()?,
            url: site.credential(credential_id).to_string(),
            supersedes: credential.supersedes,
        }),
        other => PathEvent::CredentialRevoked(PathCredentialRevoked {
            credential_id,
            completion_id,
            user,
            run,
            display_name,
            change,
            status: other.word().to_owned(),
            reason: credential.reason.clone().unwrap_or_default(),
            revoked_at: instant(credential.status_at)?,
        }),
    };
    Ok(OutboxMessage {
        event_id: Uuid::new_v5(&credential_id, &change.to_be_bytes()),
        event_type: event.event_type().to_owned(),
        topic: TOPIC.to_owned(),
        event_time: now,
        partition_key: learner.get(),
        body: event.encode_body(),
        traceparent: None,
    })
}
