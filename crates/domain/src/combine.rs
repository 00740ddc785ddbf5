//! The cheapest combinations of ways, without trying all.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashSet};

/// The most sets that are given.
pub(crate) const MAX_SETS: usize = 8;

/// One way to complete a node: positions of items in the definition, and what they cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) items: Vec<usize>,
    pub(crate) cost: f64,
}

impl Choice {
    pub(crate) const NOTHING: Self = Self { items: Vec::new(), cost: 0.0 };

    pub(crate) fn of(item: usize, cost: f64) -> Self {
        Self { items: vec![item], cost }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.items.is_empty()
    }
}

/// The cheapest ways to complete all of these children.
pub(crate) fn combine<'a>(children: impl Iterator<Item = &'a Vec<Choice>>) -> Vec<Choice> {
    let children: Vec<&[Choice]> = children.map(Vec::as_slice).collect();
    search(&children, (0..children.len()).map(|child| (child, 0)).collect())
}

/// The cheapest ways to complete `k` of these children, which come with the cheapest first.
pub(crate) fn cheapest(children: &[Vec<Choice>], k: usize) -> Vec<Choice> {
    let children: Vec<&[Choice]> = children.iter().map(Vec::as_slice).collect();
    search(&children, (0..k).map(|child| (child, 0)).collect())
}

/// Children that are picked, ascending, each with the way that is taken.
type Picked = Vec<(usize, usize)>;

/// Starts at the cheapest combination and steps to dearer ones, always from the cheapest that is not yet looked at. A
/// step takes a child's next way, or the next child in place of one, so that each combination is reached from a cheaper one.
fn search(children: &[&[Choice]], start: Picked) -> Vec<Choice> {
    let (mut found, mut seen) = (Vec::new(), HashSet::from([start.clone()]));
    let mut queue = BinaryHeap::from([Reverse(Candidate { cost: cost(children, &start), picked: start })]);
    while let Some(Reverse(candidate)) = queue.pop() {
        let mut steps: Vec<(f64, usize, (usize, usize))> = steps(children, &candidate.picked).collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        // More than this can never be among the cheapest.
        for (dearer, place, to) in steps.into_iter().take(MAX_SETS) {
            let mut picked = candidate.picked.clone();
            picked[place] = to;
            if seen.insert(picked.clone()) {
                queue.push(Reverse(Candidate { cost: candidate.cost + dearer, picked }));
            }
        }
        found.push(choice(children, &candidate.picked));
        if found.len() == MAX_SETS {
            break;
        }
    }
    keep_cheapest(&mut found);
    found
}

/// What each step costs more, where it changes the picked, and to what.
fn steps<'a>(
    children: &'a [&[Choice]],
    picked: &'a Picked,
) -> impl Iterator<Item = (f64, usize, (usize, usize))> + 'a {
    picked.iter().enumerate().flat_map(move |(place, (child, way))| {
        let cost = children[*child][*way].cost;
        let next_is_free = picked.get(place + 1).is_none_or(|(next, _)| *next > child + 1);
        let next_child = if *way == 0 && next_is_free { children.get(child + 1) } else { None };
        let other_way =
            children[*child].get(way + 1).map(|next| (next.cost - cost, place, (*child, way + 1)));
        let other_child = next_child.map(|next| (next[0].cost - cost, place, (child + 1, 0)));
        other_way.into_iter().chain(other_child)
    })
}

fn cost(children: &[&[Choice]], picked: &Picked) -> f64 {
    picked.iter().map(|(child, way)| children[*child][*way].cost).sum()
}

fn choice(children: &[&[Choice]], picked: &Picked) -> Choice {
    let mut items: Vec<usize> =
        picked.iter().flat_map(|(child, way)| &children[*child][*way].items).copied().collect();
    items.sort_unstable();
    items.dedup();
    Choice { items, cost: cost(children, picked) }
}

/// Cheapest first; of equal cost, in the order of the definition.
pub(crate) fn keep_cheapest(ways: &mut Vec<Choice>) {
    ways.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| a.items.cmp(&b.items)));
    ways.dedup_by(|a, b| a.items == b.items);
    ways.truncate(MAX_SETS);
}

/// A combination to look at; the cheapest is the least.
struct Candidate {
    cost: f64,
    picked: Picked,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost.total_cmp(&other.cost).then_with(|| self.picked.cmp(&other.picked))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}
