//! How a run judges: which revision, what happens on regression, which earlier work counts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The policies of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RunPolicy {
    /// Which revision a learner is judged against.
    pub revision: RevisionPolicy,
    /// What happens when what satisfied the requirement falls away.
    pub regression: Regression,
    /// Which work from before the enrolment counts.
    pub prior_work: PriorWork,
}

/// Which revision a learner is judged against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RevisionPolicy {
    /// The revision that the learner was enrolled under.
    #[default]
    Pinned,
    /// The latest published revision.
    Following,
}

/// What happens when what satisfied the requirement falls away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Regression {
    /// Completed stays completed.
    #[default]
    Sticky,
    /// The completion is revoked.
    Revocable,
    /// The completion is revoked unless it is regained within so many days.
    Grace {
        /// Days to regain it.
        days: u16,
    },
    /// People decide.
    Review,
}

/// Which work from before the enrolment counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriorWork {
    /// All of it.
    #[default]
    AnyTime,
    /// What was done at or after this instant.
    Since(DateTime<Utc>),
    /// What was done at most so many months before the enrolment.
    WithinMonths(u16),
    /// Nothing from before the enrolment.
    AfterEnrolment,
}
