//! One node of a run's requirement, as a learner stands in it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::learner_run::Achievement;

/// The rule of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Rule {
    /// One item.
    Item {
        /// Which.
        item: String,
    },
    /// Every child.
    AllOf,
    /// Every child, one after the other.
    InOrder,
    /// At least so many children.
    AtLeast {
        /// How many.
        k: u32,
    },
    /// Children with so many points.
    AtLeastPoints {
        /// How many points.
        points: u32,
    },
}

/// One node of the requirement with where the learner stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Node {
    /// JSON pointer into the definition; a child's begins with its parent's.
    #[schema(example = "/requirement/all_of/0")]
    pointer: String,
    /// Its rule.
    #[serde(flatten)]
    rule: Rule,
    /// By its rule.
    achievement: Achievement,
    /// 0 to 1; 1 exactly when completed.
    #[schema(minimum = 0, maximum = 1)]
    progress: f64,
    /// When its rule was met.
    completed_at: Option<DateTime<Utc>>,
    /// The items below it by which its rule was met, or that count towards it so far, in the order shown: their facts are with
    /// the items.
    counted: Vec<String>,
}

impl Node {
    /// A node and the judgement of it; without one nothing is known of the learner yet.
    pub(super) fn new(
        pointer: String,
        node: &lp_domain::Node,
        judged: Option<&lp_domain::NodeVerdict>,
        counted: &[&lp_domain::ItemId],
    ) -> Self {
        let rule = match node {
            lp_domain::Node::Item(id) => Rule::Item { item: id.to_string() },
            lp_domain::Node::AllOf(_) => Rule::AllOf,
            lp_domain::Node::InOrder(_) => Rule::InOrder,
            lp_domain::Node::AtLeast { k, .. } => Rule::AtLeast { k: *k },
            lp_domain::Node::AtLeastPoints { points, .. } => Rule::AtLeastPoints { points: *points },
        };
        Self {
            pointer,
            rule,
            achievement: judged.map_or(Achievement::NotStarted, |judged| judged.achievement.into()),
            progress: judged.map_or(0.0, |judged| judged.progress.get()),
            completed_at: judged.and_then(|judged| judged.completed_at).map(lp_domain::Timestamp::get),
            counted: counted.iter().map(ToString::to_string).collect(),
        }
    }
}
