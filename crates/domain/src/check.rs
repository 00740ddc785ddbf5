//! What is refused before a definition is published, with a pointer to the place.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::definition::{Criterion, Definition, ItemId, Node};
use crate::ids::{ContextKey, Ratio};

/// The deepest requirement tree that is taken.
pub const MAX_DEPTH: usize = 32;
/// The most items that a definition may have.
pub const MAX_ITEMS: usize = 2_000;

/// One reason to refuse a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901 pointer into the definition's JSON.
    pub pointer: String,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What can be wrong with a definition that parses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// Satisfied by nothing, or by everything.
    #[error("a group must not be empty")]
    EmptyGroup,
    /// `at_least` 0.
    #[error("`k` must be 1 or more")]
    ZeroRequired,
    /// `at_least` more than there are.
    #[error("`k` is {k}, but the group has only {children}")]
    MoreThanChildren {
        /// What is asked for.
        k: u32,
        /// What there is.
        children: usize,
    },
    /// `at_least_points` 0.
    #[error("`points` must be 1 or more")]
    ZeroPoints,
    /// More points than the group can give.
    #[error("{points} points cannot be reached: the group has {reachable}")]
    UnreachablePoints {
        /// What is asked for.
        points: u32,
        /// What there is.
        reachable: u64,
    },
    /// A weight that is no weight.
    #[error("a weight must be a finite number, 0 or more")]
    Weight,
    /// Nothing to make progress in.
    #[error("the weights of the required items must not all be 0")]
    WeightlessRequirement,
    /// Two items of one name.
    #[error("another item has the id `{0}`")]
    RepeatedItemId(ItemId),
    /// A name that no item has.
    #[error("no item has the id `{0}`")]
    UnknownItem(ItemId),
    /// An item in two places: the tree would be a graph, or a cycle.
    #[error("the item `{0}` stands in the tree already")]
    RepeatedInTree(ItemId),
    /// One context under one node twice, so that one piece of work counts twice.
    #[error("`{0}` serves another item of this node already")]
    RepeatedContext(ContextKey),
    /// A criterion of nothing.
    #[error("a criterion of none is met by nothing or by everything")]
    EmptyCriterion,
    /// `grade >= 0` is met by a failing grade, which nobody means.
    #[error("a threshold must be greater than 0 and at most 1")]
    Threshold,
    /// Too deep.
    #[error("the tree is deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Too many items.
    #[error("there are more than {MAX_ITEMS} items")]
    TooManyItems,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.kind)
    }
}

impl Definition {
    /// Says every reason why this must not be published. Keys and ratios were checked when the definition was read.
    ///
    /// # Errors
    /// All problems, in the order of the definition.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut check =
            Check { definition: self, by_id: HashMap::new(), placed: HashSet::new(), problems: Vec::new() };
        check.items();
        if depth(&self.requirement) > MAX_DEPTH {
            check.problem("/requirement", ProblemKind::TooDeep);
        } else {
            for (pointer, node) in self.nodes() {
                check.node(&pointer, node);
            }
            check.weights();
        }
        if check.problems.is_empty() { Ok(()) } else { Err(check.problems) }
    }
}

/// The depth of the tree, without recursion: it was read from outside.
fn depth(root: &Node) -> usize {
    let (mut level, mut depth) = (vec![root], 0);
    while !level.is_empty() {
        depth += 1;
        level = level.into_iter().flat_map(Node::children).collect();
    }
    depth
}

struct Check<'a> {
    definition: &'a Definition,
    by_id: HashMap<&'a ItemId, usize>,
    placed: HashSet<&'a ItemId>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn problem(&mut self, pointer: &str, kind: ProblemKind) {
        self.problems.push(Problem { pointer: pointer.to_owned(), kind });
    }

    fn items(&mut self) {
        if self.definition.items.len() > MAX_ITEMS {
            self.problem("/items", ProblemKind::TooManyItems);
        }
        for (at, item) in self.definition.items.iter().enumerate() {
            let pointer = format!("/items/{at}");
            if self.by_id.insert(&item.id, at).is_some() {
                self.problem(&format!("{pointer}/id"), ProblemKind::RepeatedItemId(item.id.clone()));
            }
            if !item.weight.is_finite() || item.weight < 0.0 {
                self.problem(&format!("{pointer}/weight"), ProblemKind::Weight);
            }
            let mut served = HashSet::from([&item.key]);
            for (index, context) in item.equivalents.iter().enumerate() {
                if !served.insert(context) {
                    let at = format!("{pointer}/equivalents/{index}");
                    self.problem(&at, ProblemKind::RepeatedContext(context.clone()));
                }
            }
            self.criterion(&format!("{pointer}/criterion"), &item.criterion, MAX_DEPTH);
        }
    }

    fn criterion(&mut self, pointer: &str, criterion: &Criterion, depth: usize) {
        let (name, of) = match criterion {
            Criterion::Passed | Criterion::Certificate => return,
            Criterion::Grade(threshold) | Criterion::Completion(threshold) => {
                if *threshold == Ratio::ZERO {
                    self.problem(pointer, ProblemKind::Threshold);
                }
                return;
            }
            Criterion::AnyOf(of) => ("any_of", of),
            Criterion::AllOf(of) => ("all_of", of),
        };
        if of.is_empty() {
            self.problem(&format!("{pointer}/{name}"), ProblemKind::EmptyCriterion);
        }
        let Some(depth) = depth.checked_sub(1) else { return self.problem(pointer, ProblemKind::TooDeep) };
        for (at, criterion) in of.iter().enumerate() {
            self.criterion(&format!("{pointer}/{name}/{at}"), criterion, depth);
        }
    }

    fn node(&mut self, pointer: &str, node: &'a Node) {
        match node {
            Node::Item(id) if !self.by_id.contains_key(id) => {
                return self.problem(pointer, ProblemKind::UnknownItem(id.clone()));
            }
            Node::Item(id) => {
                if !self.placed.insert(id) {
                    self.problem(pointer, ProblemKind::RepeatedInTree(id.clone()));
                }
                return;
            }
            Node::AllOf(_) | Node::InOrder(_) => {}
            Node::AtLeast { k: 0, .. } => self.problem(pointer, ProblemKind::ZeroRequired),
            Node::AtLeast { k, of } => {
                let (k, children) = (*k, of.len());
                if !of.is_empty() && k as usize > children {
                    self.problem(pointer, ProblemKind::MoreThanChildren { k, children });
                }
            }
            Node::AtLeastPoints { points: 0, .. } => self.problem(pointer, ProblemKind::ZeroPoints),
            Node::AtLeastPoints { points, of } => {
                let (points, reachable) = (*points, of.iter().map(|child| self.points(child)).sum());
                if !of.is_empty() && u64::from(points) > reachable {
                    self.problem(pointer, ProblemKind::UnreachablePoints { points, reachable });
                }
            }
        }
        if node.children().is_empty() {
            self.problem(pointer, ProblemKind::EmptyGroup);
        }
        self.contexts(pointer, node);
    }

    /// One context must not serve two items right under one node.
    fn contexts(&mut self, pointer: &str, node: &'a Node) {
        let mut served: HashMap<&ContextKey, &ItemId> = HashMap::new();
        let definition = self.definition;
        for child in node.children() {
            let Node::Item(id) = child else { continue };
            let Some(item) = self.by_id.get(id).map(|at| &definition.items[*at]) else { continue };
            for context in std::iter::once(&item.key).chain(&item.equivalents) {
                if served.insert(context, id).is_some_and(|other| other != id) {
                    self.problem(pointer, ProblemKind::RepeatedContext(context.clone()));
                }
            }
        }
    }

    fn points(&self, node: &Node) -> u64 {
        match node {
            Node::Item(id) => self.by_id.get(id).map_or(0, |at| u64::from(self.definition.items[*at].points)),
            group => group.children().iter().map(|child| self.points(child)).sum(),
        }
    }

    fn weights(&mut self) {
        let weight: f64 = self.placed.iter().map(|id| self.definition.items[self.by_id[id]].weight).sum();
        if !self.placed.is_empty() && weight == 0.0 {
            self.problem("/requirement", ProblemKind::WeightlessRequirement);
        }
    }
}
