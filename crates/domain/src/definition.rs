//! The definition of a path run: items and the requirement tree over them.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::ids::{ContextKey, Ratio};

/// The name of an item within its definition (`intro`, `stats`), stable over revisions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(transparent)]
pub struct ItemId(pub Arc<str>);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a learner has to do: the content of one immutable revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The items, in the order in which they are shown.
    pub items: Vec<Item>,
    /// The root of the requirement tree. Items outside it are optional.
    pub requirement: Node,
    /// One context serves at most one item: earlier items first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_double_counting: bool,
}

/// One entry of a definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name within the definition.
    pub id: ItemId,
    /// The learning context or usage that it stands for.
    pub key: ContextKey,
    /// Shown to people.
    pub title: String,
    /// Its share in progress and grade, relative to its siblings; 1 unless said otherwise.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// Its points under `at_least_points`; 1 unless said otherwise.
    #[serde(default = "one_point", skip_serializing_if = "is_one_point")]
    pub points: u32,
    /// When it counts; `passed` unless said otherwise.
    #[serde(default, skip_serializing_if = "Criterion::is_default")]
    pub criterion: Criterion,
    /// The enrolment mode that the learner must have (`verified`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Contexts that serve as well as `key`, possibly of other organisations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equivalents: Vec<ContextKey>,
}

/// When an item counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(no_recursion))]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Passed, by the LMS's judgement or a verified exam.
    #[default]
    Passed,
    /// The course certificate was earned.
    Certificate,
    /// The grade is at least this.
    Grade(Ratio),
    /// The completion is at least this.
    Completion(Ratio),
    /// One of these.
    AnyOf(Vec<Criterion>),
    /// All of these.
    AllOf(Vec<Criterion>),
}

/// One node of the requirement tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(no_recursion))]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// One item.
    Item(ItemId),
    /// Every one of these.
    AllOf(Vec<Node>),
    /// Every one of these, one after the other.
    InOrder(Vec<Node>),
    /// At least `k` of these.
    AtLeast {
        /// How many.
        k: u32,
        /// Of which.
        of: Vec<Node>,
    },
    /// Enough of these to reach so many points.
    AtLeastPoints {
        /// How many points.
        points: u32,
        /// Of which.
        of: Vec<Node>,
    },
}

impl Definition {
    /// SHA-256 over the definition's JSON: equal definitions have equal digests.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(self)
    }

    /// Every context that serves an item, equivalents too; repeated as often as named.
    pub fn contexts(&self) -> impl Iterator<Item = &ContextKey> {
        self.items.iter().flat_map(Item::contexts)
    }

    /// Whether an item counts by a grade that this context gives.
    #[must_use]
    pub fn asks_for_grade(&self, context: &ContextKey) -> bool {
        let mut served = self.items.iter().filter(|item| item.contexts().any(|one| one == context));
        served.any(|item| item.criterion.asks_for_grade())
    }

    /// The items that the requirement names; the others are shown, never needed.
    #[must_use]
    pub fn required(&self) -> HashSet<&ItemId> {
        let nodes = self.nodes().into_iter();
        nodes.filter_map(|(_, node)| if let Node::Item(id) = node { Some(id) } else { None }).collect()
    }

    /// Every node of the requirement tree with its JSON pointer, depth first, root first.
    #[must_use]
    pub fn nodes(&self) -> Vec<(String, &Node)> {
        let mut nodes = Vec::new();
        self.requirement.collect("/requirement".into(), &mut nodes);
        nodes
    }
}

impl Criterion {
    fn asks_for_grade(&self) -> bool {
        match self {
            Self::Grade(_) => true,
            Self::AnyOf(some) | Self::AllOf(some) => some.iter().any(Self::asks_for_grade),
            Self::Passed | Self::Certificate | Self::Completion(_) => false,
        }
    }
}

impl Item {
    /// Every context that serves it: its own first.
    pub fn contexts(&self) -> impl Iterator<Item = &ContextKey> {
        std::iter::once(&self.key).chain(&self.equivalents)
    }
}

impl Node {
    /// The children of a group; none of an item.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match self {
            Self::Item(_) => &[],
            Self::AllOf(of)
            | Self::InOrder(of)
            | Self::AtLeast { of, .. }
            | Self::AtLeastPoints { of, .. } => of,
        }
    }

    /// The path from a node of this kind to its children, in the definition's JSON.
    fn group(&self) -> &'static str {
        match self {
            Self::Item(_) => "item",
            Self::AllOf(_) => "all_of",
            Self::InOrder(_) => "in_order",
            Self::AtLeast { .. } => "at_least/of",
            Self::AtLeastPoints { .. } => "at_least_points/of",
        }
    }

    fn collect<'a>(&'a self, pointer: String, nodes: &mut Vec<(String, &'a Self)>) {
        let group = format!("{pointer}/{}", self.group());
        nodes.push((pointer, self));
        for (at, child) in self.children().iter().enumerate() {
            child.collect(format!("{group}/{at}"), nodes);
        }
    }
}

impl Criterion {
    fn is_default(&self) -> bool {
        *self == Self::Passed
    }
}

fn one() -> f64 {
    1.0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::float_cmp,
    reason = "serde asks for this shape; exactly the default"
)]
fn is_one(weight: &f64) -> bool {
    *weight == 1.0
}

fn one_point() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this shape")]
fn is_one_point(points: &u32) -> bool {
    *points == 1
}
