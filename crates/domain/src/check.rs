//! What is refused before a definition is published, with a pointer to the place.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::assign::{assign, mark_required};
use crate::definition::{Criterion, Definition, Item, ItemId, Node};
use crate::ids::{ContextKey, Ratio, Timestamp};
use crate::local::DateProblem;

/// The deepest requirement tree that is taken.
pub const MAX_DEPTH: usize = 32;
/// The most items that a definition may have.
pub const MAX_ITEMS: usize = 2_000;
/// The greatest weight of an item.
pub const MAX_WEIGHT: f64 = 1_000_000.0;
/// The longest name of an item, in characters.
pub const MAX_ID: usize = 100;

/// One reason to refuse a definition, a schedule or a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901 pointer into its JSON.
    pub pointer: String,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// Not of the form that it must have.
    #[error("{0}")]
    Malformed(String),
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
    #[error("a weight must be a number from 0 to {MAX_WEIGHT}")]
    Weight,
    /// Nothing to make progress in.
    #[error("the weights of a group's items must not sum to 0")]
    WeightlessGroup,
    /// No name, or one that nobody can read.
    #[error("an item's id must have 1 to {MAX_ID} characters, none of them a control character")]
    ItemId,
    /// Two items of one name.
    #[error("another item has the id `{0}`")]
    RepeatedItemId(ItemId),
    /// No name, or one that nobody can read.
    #[error("a group's name must have 1 to 100 characters, none of them a control character")]
    GroupName,
    /// A name that no item has.
    #[error("no item has the id `{0}`")]
    UnknownItem(ItemId),
    /// An item in two places: the tree would be a graph, or a cycle.
    #[error("the item `{0}` stands in the tree already")]
    RepeatedInTree(ItemId),
    /// One context under one node twice, so that one piece of work counts twice.
    #[error("`{0}` serves another item of this node already")]
    RepeatedContext(ContextKey),
    /// Counted once, the contexts do not suffice for the items.
    #[error("without double counting no context is left for the item `{0}`")]
    NoContextLeft(ItemId),
    /// Counted once, a context must count for either of its items alike, else an item could lose it again.
    #[error("without double counting, items that share `{0}` must have the same criterion and mode")]
    SharedUnalike(ContextKey),
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
    /// A date, or what is counted from one.
    #[error(transparent)]
    Dates(#[from] DateProblem),
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
            if self.no_double_counting && check.problems.is_empty() {
                check.counted_once();
            }
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
            let characters = item.id.0.chars().count();
            if characters == 0 || characters > MAX_ID || item.id.0.chars().any(char::is_control) {
                self.problem(&format!("{pointer}/id"), ProblemKind::ItemId);
            }
            if !(0.0..=MAX_WEIGHT).contains(&item.weight) {
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
            return self.problem(pointer, ProblemKind::EmptyGroup);
        }
        if self.weight(node) == Some(0.0) {
            self.problem(pointer, ProblemKind::WeightlessGroup);
        }
        self.contexts(pointer, node);
    }

    /// One context must not serve two items right under one node, unless it is counted once anyhow.
    fn contexts(&mut self, pointer: &str, node: &'a Node) {
        let mut served: HashMap<&ContextKey, &ItemId> = HashMap::new();
        let once = self.definition.no_double_counting;
        for child in node.children() {
            let Node::Item(id) = child else { continue };
            let Some(item) = self.item(id) else { continue };
            for context in item.contexts().take(if once { 1 } else { usize::MAX }) {
                if served.insert(context, id).is_some_and(|other| other != id) {
                    self.problem(pointer, ProblemKind::RepeatedContext(context.clone()));
                }
            }
        }
    }

    fn item(&self, id: &ItemId) -> Option<&'a Item> {
        self.by_id.get(id).map(|at| &self.definition.items[*at])
    }

    fn points(&self, node: &Node) -> u64 {
        match node {
            Node::Item(id) => self.item(id).map_or(0, |item| u64::from(item.points)),
            group => group.children().iter().map(|child| self.points(child)).sum(),
        }
    }

    /// The weights of a node's items; nothing when one is unknown.
    fn weight(&self, node: &Node) -> Option<f64> {
        match node {
            Node::Item(id) => self.item(id).map(|item| item.weight),
            group => group.children().iter().map(|child| self.weight(child)).sum(),
        }
    }

    fn counted_once(&mut self) {
        let items = &self.definition.items;
        let mut first: HashMap<&ContextKey, &Item> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            for context in item.contexts() {
                let other = *first.entry(context).or_insert(item);
                if (&other.criterion, &other.mode) != (&item.criterion, &item.mode) {
                    self.problem(&format!("/items/{at}"), ProblemKind::SharedUnalike(context.clone()));
                }
            }
        }
        // As if every context had been completed: every required item must then be served.
        let mut required = vec![false; items.len()];
        mark_required(&self.definition.requirement, &self.by_id, &mut required);
        let served = assign(self.definition, &self.by_id, |at| {
            items[at].contexts().map(|context| (Timestamp::EPOCH, context)).collect()
        });
        for (at, item) in items.iter().enumerate().filter(|(at, _)| required[*at] && served[*at].is_none()) {
            self.problem(&format!("/items/{at}"), ProblemKind::NoContextLeft(item.id.clone()));
        }
    }
}
