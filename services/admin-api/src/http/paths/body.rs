use chrono::{DateTime, Utc};
use lp_domain::{PathDetails, PathId};
use lp_http::Problem;
use lp_progress_store::authoring::ManagedPath;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A learning path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Path)]
pub(crate) struct PathBody {
    /// The organisation.
    #[schema(example = "OpenedX")]
    pub(super) org: String,
    /// The number within the organisation.
    #[schema(example = "DATA")]
    pub(super) number: String,
    /// The title.
    pub(super) title: String,
    /// All else that is shown.
    pub(super) details: PathDetails,
    /// Since when neither it nor its runs are listed and open to anybody new.
    pub(super) archived_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub(super) updated_at: DateTime<Utc>,
}

impl From<ManagedPath> for PathBody {
    fn from(managed: ManagedPath) -> Self {
        let ManagedPath { path, archived_at, updated_at, .. } = managed;
        Self {
            org: path.id.org().to_owned(),
            number: path.id.number().to_owned(),
            title: path.title,
            details: path.details,
            archived_at,
            updated_at,
        }
    }
}

/// A path's key from the address.
pub(super) fn id(org: &str, number: &str) -> Result<PathId, Problem> {
    PathId::new(org, number).map_err(|error| Problem::invalid_path(error.to_string()))
}

/// What a title must be.
pub(super) fn title_is_wrong() -> Problem {
    Problem::unprocessable("a title has 1 to 500 characters")
}
