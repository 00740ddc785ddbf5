use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::issuing::Site;
use crate::store::issuing::credentials::{Credential, CredentialStatus};

/// A credential. What is not known is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Credential)]
pub(crate) struct CredentialBody {
    /// Its id.
    pub(super) credential_id: Uuid,
    /// The completion that it is for.
    completion_id: Uuid,
    /// LMS user id.
    #[schema(minimum = 1)]
    learner_id: i64,
    /// The path run.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: String,
    /// How it stands; when it is valid, its dates say.
    status: Status,
    /// Why, where it does not hold.
    reason: Option<String>,
    /// What staff made of it, if anything: what its completion comes to does not change that.
    by_hand: Option<Status>,
    /// Since when it stands so.
    status_at: DateTime<Utc>,
    /// When the path was completed.
    awarded_at: DateTime<Utc>,
    /// The first instant at which it is valid.
    valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is; null when it does not expire.
    valid_until: Option<DateTime<Utc>>,
    /// Whether its page is there for everybody who knows the address.
    is_shared: bool,
    /// Whether its page shows the learner's name, and the files are there that hold it.
    shows_name: bool,
    /// The credential that it stands in for.
    supersedes: Option<Uuid>,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    /// Its page.
    #[schema(example = "https://credentials.example.org/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e")]
    url: String,
}

/// How a credential stands.
#[derive(Debug, Clone, Copy, serde::Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CredentialStatus)]
pub(crate) enum Status {
    /// It holds.
    Valid,
    /// It does not hold for now.
    Suspended,
    /// It was taken back, for good.
    Revoked,
    /// Its learner's account is retired: it names nobody any more.
    Withdrawn,
}

impl From<CredentialStatus> for Status {
    fn from(status: CredentialStatus) -> Self {
        match status {
            CredentialStatus::Valid => Self::Valid,
            CredentialStatus::Suspended => Self::Suspended,
            CredentialStatus::Revoked => Self::Revoked,
            CredentialStatus::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<Status> for CredentialStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Valid => Self::Valid,
            Status::Suspended => Self::Suspended,
            Status::Revoked => Self::Revoked,
            Status::Withdrawn => Self::Withdrawn,
        }
    }
}

impl CredentialBody {
    pub(super) fn new(site: &Site, one: Credential) -> Self {
        Self {
            credential_id: one.credential_id,
            completion_id: one.completion_id,
            learner_id: one.learner_id,
            run_key: one.run_key,
            status: one.status.into(),
            reason: one.reason,
            by_hand: one.by_hand.map(Status::from),
            status_at: one.status_at,
            awarded_at: one.awarded_at,
            valid_from: one.valid_from,
            valid_until: one.valid_until,
            is_shared: one.is_shared,
            shows_name: one.shows_name,
            supersedes: one.supersedes,
            issued_at: one.issued_at,
            url: site.credential(one.credential_id).to_string(),
        }
    }
}
