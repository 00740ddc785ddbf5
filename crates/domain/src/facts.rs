//! What is known of a learner: facts folded by context, the same in any order and repetition.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::fact::{ExamOutcome, Fact, FactValue, is_earned};
use crate::ids::{ContextKey, Timestamp};
use crate::marks::{Flag, Latest, Measure};
use crate::micros;

/// All that is known of one learner, by context.
pub type LearnerFacts = HashMap<ContextKey, ContextFacts>;

/// What is known of one (learner, context), folded from facts.
///
/// Per kind the latest value by the total order (`at`, `id`), and marks that only grow. Both are joins, so the order and
/// the repetition of facts cannot matter. Stored as JSON in `facts.state`, hence the short names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContextFacts {
    /// Passed or not.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    pub passing: Option<Flag>,
    /// The course certificate is held or not.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub certified: Option<Flag>,
    /// The exam attempt is verified or not.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    pub verified: Option<Flag>,
    /// The grade.
    #[serde(rename = "g", skip_serializing_if = "Option::is_none")]
    pub grade: Option<Measure>,
    /// The completion.
    #[serde(rename = "k", skip_serializing_if = "Option::is_none")]
    pub completion: Option<Measure>,
    /// Enrolled in the course or not.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    pub enrolled: Option<Latest<bool>>,
    /// The latest enrolment's mode.
    #[serde(rename = "em", skip_serializing_if = "Option::is_none")]
    pub enrolment_mode: Option<Latest<String>>,
    /// The latest certificate's mode.
    #[serde(rename = "cm", skip_serializing_if = "Option::is_none")]
    pub certificate_mode: Option<Latest<String>>,
    /// When each mode, of an enrolment or a certificate, was first seen.
    #[serde(rename = "ms", with = "micros::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub modes: BTreeMap<String, Timestamp>,
    /// A staff member's word.
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    pub granted: Option<Latest<Grant>>,
}

/// What a staff member vouched for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// Vouched for, or taken back.
    #[serde(rename = "g")]
    pub granted: bool,
    /// Vouched for until then, if it ends.
    #[serde(rename = "u", with = "micros::option", skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}

impl ContextFacts {
    /// Folds one fact in.
    pub fn apply(&mut self, fact: &Fact) {
        let (at, id) = (fact.at, fact.id);
        match &fact.value {
            FactValue::Passing { passing } => Flag::fold(&mut self.passing, at, id, *passing),
            FactValue::Grade { grade } => Measure::fold(&mut self.grade, at, id, *grade),
            FactValue::Completion { completion } => Measure::fold(&mut self.completion, at, id, *completion),
            FactValue::Certificate { status, mode } => {
                Flag::fold(&mut self.certified, at, id, is_earned(status));
                if self.see_mode(at, mode) {
                    Latest::fold(&mut self.certificate_mode, at, id, mode.clone());
                }
            }
            FactValue::Enrolment { active, mode } => {
                Latest::fold(&mut self.enrolled, at, id, *active);
                if self.see_mode(at, mode) {
                    Latest::fold(&mut self.enrolment_mode, at, id, mode.clone());
                }
            }
            FactValue::Exam { outcome } => {
                Flag::fold(&mut self.verified, at, id, *outcome == ExamOutcome::Verified);
            }
            FactValue::Override { granted, expires_at } => {
                Latest::fold(&mut self.granted, at, id, Grant { granted: *granted, expires_at: *expires_at });
            }
        }
    }

    /// When the newest fact is dated.
    #[must_use]
    pub fn last_at(&self) -> Option<Timestamp> {
        [
            self.passing.as_ref().map(|flag| flag.latest.at),
            self.certified.as_ref().map(|flag| flag.latest.at),
            self.verified.as_ref().map(|flag| flag.latest.at),
            self.grade.as_ref().map(|measure| measure.latest.at),
            self.completion.as_ref().map(|measure| measure.latest.at),
            self.enrolled.as_ref().map(|latest| latest.at),
            self.granted.as_ref().map(|latest| latest.at),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// When the earliest fact is dated whose date is still known: of words that are later said again, only the first yes is.
    #[must_use]
    pub fn first_at(&self) -> Option<Timestamp> {
        let flags = [&self.passing, &self.certified, &self.verified].into_iter().flatten();
        let measures = [&self.grade, &self.completion].into_iter().flatten();
        flags
            .map(Flag::first_at)
            .chain(measures.map(Measure::first_at))
            .chain(self.enrolled.as_ref().map(|latest| latest.at))
            .chain(self.granted.as_ref().map(|latest| latest.at))
            .chain(self.modes.values().copied())
            .min()
    }

    /// Marks a mode as seen; an empty one says nothing.
    fn see_mode(&mut self, at: Timestamp, mode: &str) -> bool {
        if mode.is_empty() {
            return false;
        }
        match self.modes.get_mut(mode) {
            Some(first) => *first = at.min(*first),
            None => drop(self.modes.insert(mode.to_owned(), at)),
        }
        true
    }
}
