//! What is known of a learner: facts folded by context, the same in any order and repetition.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::ids::ContextKey;

/// All that is known of one learner, by context.
pub type LearnerFacts = HashMap<ContextKey, ContextFacts>;

/// What is known of one (learner, context), folded from facts.
///
/// Per kind the latest value (by (`at`, `id`)) and marks that only grow: first passed, first
/// certified, the frontier of grades and completion. Stored as JSON in `facts.state`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContextFacts {}

impl ContextFacts {
    /// Folds one fact in; says whether anything changed.
    pub fn apply(&mut self, _fact: &Fact) -> bool {
        false
    }
}
