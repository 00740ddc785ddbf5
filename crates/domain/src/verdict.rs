//! The judgement of a definition for one learner.

use serde::{Deserialize, Serialize};

use crate::definition::ItemId;
use crate::digest::digest;
use crate::ids::{ContextKey, Ratio, Timestamp};

/// How far a node, an item or a whole path is achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Achievement {
    /// No fact yet.
    NotStarted = 0,
    /// Some fact, not enough.
    InProgress = 1,
    /// The rule is met.
    Completed = 2,
}

/// The judgement of a whole definition for one learner. Stored as JSON in `progress.verdict`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// By the rule of the root.
    pub achievement: Achievement,
    /// Weighted, 0 to 1; 1 exactly when completed.
    pub progress: Ratio,
    /// Weighted mean of the known grades of required items; `None` when none is known.
    pub grade: Option<Ratio>,
    /// The date of the fact that met the rule of the root.
    pub completed_at: Option<Timestamp>,
    /// A staff member took back what they had vouched for, and an item is open for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Every item, in the order of the definition.
    pub items: Vec<ItemVerdict>,
    /// Every node of the requirement tree, depth first, root first: the order of [`crate::Definition::nodes`].
    pub nodes: Vec<NodeVerdict>,
}

/// The judgement of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemVerdict {
    /// Which item.
    pub id: ItemId,
    /// By its criterion.
    pub achievement: Achievement,
    /// 0 to 1; 1 exactly when completed.
    pub progress: Ratio,
    /// The latest grade in the context that served, else in the first that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Ratio>,
    /// The date of the fact that met its criterion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// The context that served: the item's own or an equivalent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfied_by: Option<ContextKey>,
    /// Something before it, under `in_order`, is not completed yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// The judgement of one node of the requirement tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeVerdict {
    /// By the node's rule.
    pub achievement: Achievement,
    /// 0 to 1; 1 exactly when completed.
    pub progress: Ratio,
    /// When the rule was met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl Verdict {
    /// SHA-256 over the verdict's JSON: equal verdicts have equal digests.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(self)
    }
}
