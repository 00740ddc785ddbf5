//! What is known of a learner: facts folded by context, the same in any order and repetition.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{ExamOutcome, Fact, FactValue};
use crate::ids::{ContextKey, Ratio, Timestamp};

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
    pub enrolled: Option<Flag>,
    /// The latest enrolment or certificate mode.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub mode: Option<Latest<String>>,
    /// When each mode was first seen.
    #[serde(rename = "ms", skip_serializing_if = "BTreeMap::is_empty")]
    pub modes: BTreeMap<String, Timestamp>,
    /// A staff member's word.
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    pub granted: Option<Latest<Grant>>,
}

/// The latest value by (`at`, `id`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest<T> {
    /// When it became true.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// The event that said so.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// What was said.
    #[serde(rename = "v")]
    pub value: T,
}

/// A yes or no over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// The latest word.
    #[serde(rename = "l")]
    pub latest: Latest<bool>,
    /// The earliest yes.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none", default)]
    pub first_yes: Option<Timestamp>,
    /// The last no.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    pub last_no: Option<Timestamp>,
}

/// A number over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The latest word.
    #[serde(rename = "l")]
    pub latest: Latest<Ratio>,
    /// When each height was first reached: ascending in time and in value, so any threshold's date is exact.
    #[serde(rename = "h")]
    pub heights: Vec<(Timestamp, Ratio)>,
}

/// What a staff member vouched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Vouched for, or taken back.
    pub granted: bool,
    /// Vouched for until then, if it ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
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
                // The LMS's PASSED_STATUSES.
                let held = matches!(status.as_str(), "downloadable" | "generating");
                Flag::fold(&mut self.certified, at, id, held);
                self.see_mode(at, id, mode);
            }
            FactValue::Enrolment { active, mode } => {
                Flag::fold(&mut self.enrolled, at, id, *active);
                self.see_mode(at, id, mode);
            }
            FactValue::Exam { outcome } => {
                Flag::fold(&mut self.verified, at, id, *outcome == ExamOutcome::Verified);
            }
            FactValue::Override { granted, expires_at } => {
                Latest::fold(&mut self.granted, at, id, Grant { granted: *granted, expires_at: *expires_at });
            }
        }
    }

    fn see_mode(&mut self, at: Timestamp, id: Uuid, mode: &str) {
        if mode.is_empty() {
            return;
        }
        Latest::fold(&mut self.mode, at, id, mode.to_owned());
        let first = self.modes.entry(mode.to_owned()).or_insert(at);
        *first = at.min(*first);
    }
}

impl<T: PartialOrd> Latest<T> {
    /// Keeps the later one. Equal positions are the same event; should they differ, the greater value stays, in any order.
    fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: T) {
        let newer = match slot {
            None => true,
            Some(kept) => {
                (at, id) > (kept.at, kept.id) || ((at, id) == (kept.at, kept.id) && value > kept.value)
            }
        };
        if newer {
            *slot = Some(Self { at, id, value });
        }
    }
}

impl Flag {
    fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: bool) {
        let flag =
            slot.take().unwrap_or(Self { latest: Latest { at, id, value }, first_yes: None, last_no: None });
        let mut latest = Some(flag.latest);
        Latest::fold(&mut latest, at, id, value);
        *slot = latest.map(|latest| Self {
            latest,
            first_yes: if value {
                Some(flag.first_yes.map_or(at, |first| first.min(at)))
            } else {
                flag.first_yes
            },
            last_no: if value { flag.last_no } else { flag.last_no.max(Some(at)) },
        });
    }

    /// Since when the latest word is yes, if it is: the earliest yes when no "no" came after it, else the latest word's own date.
    #[must_use]
    pub fn yes_since(&self) -> Option<Timestamp> {
        let first = self.first_yes.filter(|_| self.latest.value)?;
        Some(if self.last_no.is_none_or(|no| no < first) { first } else { self.latest.at })
    }
}

impl Measure {
    fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: Ratio) {
        let Some(measure) = slot else {
            *slot = Some(Self { latest: Latest { at, id, value }, heights: vec![(at, value)] });
            return;
        };
        if (at, id, value) > (measure.latest.at, measure.latest.id, measure.latest.value) {
            measure.latest = Latest { at, id, value };
        }
        let heights = &mut measure.heights;
        let after = heights.partition_point(|(reached, _)| *reached <= at);
        if after > 0 && heights[after - 1].1 >= value {
            return;
        }
        // What was reached at the same moment or later, and is no higher, says nothing any more.
        let from = heights.partition_point(|(reached, _)| *reached < at);
        let to = from + heights[from..].partition_point(|(_, height)| *height <= value);
        heights.splice(from..to, [(at, value)]);
    }

    /// When `threshold` was first reached.
    #[must_use]
    pub fn reached(&self, threshold: Ratio) -> Option<Timestamp> {
        let at = self.heights.partition_point(|(_, height)| *height < threshold);
        self.heights.get(at).map(|(reached, _)| *reached)
    }

    /// The greatest value ever.
    #[must_use]
    pub fn highest(&self) -> Ratio {
        self.heights.last().map_or(Ratio::ZERO, |(_, height)| *height)
    }
}

impl PartialOrd for Grant {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self.granted, self.expires_at).partial_cmp(&(other.granted, other.expires_at))
    }
}
