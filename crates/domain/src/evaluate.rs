//! From a definition and facts to a verdict.

use crate::definition::Definition;
use crate::enrolment::Enrolment;
use crate::facts::LearnerFacts;
use crate::ids::{Ratio, Timestamp};
use crate::policy::RunPolicy;
use crate::verdict::{Achievement, Verdict};

/// Judges `definition` for one learner, as of an instant, from nothing but the arguments.
#[must_use]
pub fn evaluate(
    _definition: &Definition,
    _policy: &RunPolicy,
    _enrolment: &Enrolment,
    _facts: &LearnerFacts,
    _as_of: Timestamp,
) -> Verdict {
    Verdict {
        achievement: Achievement::NotStarted,
        progress: Ratio::ZERO,
        grade: None,
        completed_at: None,
        items: vec![],
        nodes: vec![],
        missing: vec![],
    }
}
