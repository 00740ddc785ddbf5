//! The judgement of a definition for one learner.

use serde::{Deserialize, Serialize};

use crate::definition::ItemId;
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
    /// Weighted mean of the known item grades; `None` when none is known.
    pub grade: Option<Ratio>,
    /// The date of the fact that met the rule of the root.
    pub completed_at: Option<Timestamp>,
    /// Every item, in the order of the definition.
    pub items: Vec<ItemVerdict>,
    /// Every node, in depth-first order, root first.
    pub nodes: Vec<NodeVerdict>,
    /// Minimal sets of items that would complete the root, cheapest first, a bounded number of them.
    pub missing: Vec<Vec<ItemId>>,
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
    /// The grade in the context that served, if known.
    pub grade: Option<Ratio>,
    /// The date of the fact that met its criterion.
    pub completed_at: Option<Timestamp>,
    /// The context that served: the item's own or an equivalent.
    pub satisfied_by: Option<ContextKey>,
}

/// The judgement of one node of the requirement tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeVerdict {
    /// JSON pointer of the node within the definition (`/requirement/all_of/0`).
    pub pointer: String,
    /// By the node's rule.
    pub achievement: Achievement,
    /// 0 to 1; 1 exactly when completed.
    pub progress: Ratio,
    /// When the rule was met.
    pub completed_at: Option<Timestamp>,
}
