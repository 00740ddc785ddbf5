use chrono::{DateTime, Utc};
use lp_progress_store::grants::Grant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantedRole {
    /// Manages paths and their learners.
    PathManager,
    /// May do everything.
    Administrator,
    /// Sees everything and changes nothing.
    Auditor,
}

impl GrantedRole {
    /// Its word in the grants table, which is its word here.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::PathManager => "path_manager",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }
}

/// A role that a user of the LMS was granted.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantBody {
    /// Its number.
    pub(super) grant_id: i64,
    /// LMS user id.
    #[schema(minimum = 1)]
    user_id: i64,
    /// The role.
    #[schema(value_type = GrantedRole)]
    role: String,
    /// The organisation that it holds in; everywhere when null.
    org: Option<String>,
    /// Since when.
    granted_at: DateTime<Utc>,
}

impl From<Grant> for GrantBody {
    fn from(grant: Grant) -> Self {
        let Grant { grant_id, user_id, role, org, granted_at } = grant;
        Self { grant_id, user_id, role, org, granted_at }
    }
}
