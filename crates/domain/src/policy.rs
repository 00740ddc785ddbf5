//! How a run judges: which revision, what happens on regression, which earlier work counts, how long awards are valid.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::check::{Problem, ProblemKind};
use crate::validity::Validity;

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
    /// What becomes of learners who left and are enrolled again.
    #[serde(skip_serializing_if = "is_default")]
    pub re_enrolment: ReEnrolment,
    /// The name of a group of runs of the organisation: work that completes one of them counts in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "data-certificates"))]
    pub exclusive_group: Option<String>,
    /// How long the awards of its completions are valid.
    #[serde(skip_serializing_if = "is_default")]
    pub validity: Validity,
}

impl RunPolicy {
    /// Says why this must not be used.
    ///
    /// # Errors
    /// All problems, each with its RFC 6901 pointer.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut problems = self.validity.check().err().unwrap_or_default();
        for problem in &mut problems {
            problem.pointer.insert_str(0, "/validity");
        }
        let is_name =
            |name: &String| (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !self.exclusive_group.as_ref().is_none_or(is_name) {
            let pointer = "/exclusive_group".to_owned();
            problems.push(Problem { pointer, kind: ProblemKind::GroupName });
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
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

/// What becomes of learners who left and are enrolled again, by whomever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReEnrolment {
    /// What is asked for: they go on where they were, or begin another attempt.
    #[default]
    AsAsked,
    /// They go on where they were; another attempt is refused.
    Resumed,
    /// They begin another attempt.
    Afresh,
    /// They are not enrolled again.
    Refused,
}

/// Left out of the JSON, so that what was written before stays as it is.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
