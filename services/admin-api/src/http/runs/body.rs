use chrono::{DateTime, Utc};
use lp_domain::{RunKey, RunPolicy, Schedule};
use lp_http::conditional::etag;
use lp_progress_store::authoring::ManagedRun;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::asked::Made;
use crate::http::bodies::address;

/// A run of a path.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct RunBody {
    /// Its key.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    pub(super) run_key: RunKey,
    /// How it judges.
    policy: RunPolicy,
    /// Its dates.
    schedule: Schedule,
    /// The number of its latest revision; 0 while none is published, and nobody sees the run or is enrolled in it.
    revision: u32,
    /// Since when it is not listed and open to nobody new.
    archived_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<ManagedRun> for RunBody {
    fn from(run: ManagedRun) -> Self {
        Self {
            run_key: run.key,
            policy: run.policy,
            schedule: run.schedule,
            revision: run.latest_revision,
            archived_at: run.archived_at,
            updated_at: run.updated_at,
        }
    }
}

/// A run that was made.
pub(super) fn made(run: ManagedRun) -> Result<Made, serde_json::Error> {
    Ok(Made {
        location: Some(address(&["runs", run.key.as_str()])),
        etag: Some(etag(run.version)),
        body: serde_json::to_value(RunBody::from(run))?,
    })
}
