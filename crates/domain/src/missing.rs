//! What is still missing: minimal sets of items that would complete the requirement, cheapest first.

use std::collections::{BTreeSet, HashMap};

use crate::definition::{Definition, ItemId, Node};
use crate::verdict::Verdict;

/// The most sets that are given.
pub const MAX_SETS: usize = 8;
/// Groups with more open children than this give their cheapest choice only, as all choices cannot be tried.
const MAX_CHOICES: usize = 12;

/// Minimal sets of items that would complete the requirement, cheapest first, at most [`MAX_SETS`]; none when it is complete.
///
/// Every set suffices, and no item of it can be left out. The cost of an item is its weight times what is left of it.
#[must_use]
pub fn missing(definition: &Definition, verdict: &Verdict) -> Vec<Vec<ItemId>> {
    let items: HashMap<&ItemId, Open> = definition
        .items
        .iter()
        .zip(&verdict.items)
        .enumerate()
        .map(|(at, (item, judged))| {
            let cost = item.weight * (1.0 - judged.progress.get());
            (&item.id, Open { at, cost, done: judged.completed_at.is_some(), points: item.points })
        })
        .collect();
    let Some(options) = options(&definition.requirement, &items) else { return Vec::new() };
    options
        .into_iter()
        .map(|option| option.items.into_iter().map(|at| definition.items[at].id.clone()).collect::<Vec<_>>())
        .filter(|set: &Vec<ItemId>| !set.is_empty())
        .collect()
}

struct Open {
    at: usize,
    cost: f64,
    done: bool,
    points: u32,
}

/// One way to complete a node: positions of items in the definition, and what they cost.
#[derive(Debug, Clone, PartialEq)]
struct Choice {
    items: BTreeSet<usize>,
    cost: f64,
}

/// The cheapest ways to complete `node`; `None` when it cannot be. A completed node has one way: nothing.
fn options(node: &Node, items: &HashMap<&ItemId, Open>) -> Option<Vec<Choice>> {
    match node {
        Node::Item(id) => {
            let open = items.get(id)?;
            let items = if open.done { BTreeSet::new() } else { BTreeSet::from([open.at]) };
            Some(vec![Choice { items, cost: if open.done { 0.0 } else { open.cost } }])
        }
        Node::AllOf(of) | Node::InOrder(of) => {
            of.iter().try_fold(nothing(), |ways, child| Some(cross(&ways, &options(child, items)?)))
        }
        Node::AtLeast { k, of } => enough(of.iter().map(|child| (child, 1)), u64::from(*k), items),
        Node::AtLeastPoints { points, of } => {
            enough(of.iter().map(|child| (child, points_of(child, items))), u64::from(*points), items)
        }
    }
}

fn nothing() -> Vec<Choice> {
    vec![Choice { items: BTreeSet::new(), cost: 0.0 }]
}

fn points_of(node: &Node, items: &HashMap<&ItemId, Open>) -> u64 {
    match node {
        Node::Item(id) => items.get(id).map_or(0, |open| u64::from(open.points)),
        group => group.children().iter().map(|child| points_of(child, items)).sum(),
    }
}

/// Ways to gain `need` from children that give something each when complete.
fn enough<'a>(
    children: impl Iterator<Item = (&'a Node, u64)>,
    need: u64,
    items: &HashMap<&ItemId, Open>,
) -> Option<Vec<Choice>> {
    let (mut have, mut open) = (0_u64, Vec::new());
    for (child, gives) in children {
        match options(child, items) {
            Some(ways) if ways.first().is_some_and(|way| way.items.is_empty()) => have += gives,
            Some(ways) if gives > 0 => open.push((gives, ways)),
            _ => {}
        }
    }
    let need = need.saturating_sub(have);
    if need == 0 {
        return Some(nothing());
    }
    // Cheapest per point first.
    #[expect(clippy::cast_precision_loss, reason = "points of a group are far below 2^52")]
    open.sort_by(|(a_gives, a), (b_gives, b)| {
        (a[0].cost / *a_gives as f64).total_cmp(&(b[0].cost / *b_gives as f64))
    });
    if open.iter().map(|(gives, _)| gives).sum::<u64>() < need {
        return None;
    }
    let choices = if open.len() > MAX_CHOICES { vec![greedy(&open, need)] } else { minimal(&open, need) };
    let mut ways: Vec<Choice> = choices
        .into_iter()
        .flat_map(|chosen| chosen.into_iter().fold(nothing(), |ways, at| cross(&ways, &open[at].1)))
        .collect();
    keep_cheapest(&mut ways);
    Some(ways)
}

/// The cheapest children until there is enough, then without those that turned out not to be needed.
fn greedy(open: &[(u64, Vec<Choice>)], need: u64) -> Vec<usize> {
    let (mut chosen, mut sum) = (Vec::new(), 0);
    for (at, (gives, _)) in open.iter().enumerate() {
        if sum >= need {
            break;
        }
        chosen.push(at);
        sum += gives;
    }
    let mut kept = chosen.clone();
    for at in chosen {
        if sum - open[at].0 >= need {
            sum -= open[at].0;
            kept.retain(|other| *other != at);
        }
    }
    kept
}

/// Every choice of children that is enough and has none to spare.
fn minimal(open: &[(u64, Vec<Choice>)], need: u64) -> Vec<Vec<usize>> {
    (1_u32..1 << open.len())
        .map(|mask| (0..open.len()).filter(|at| mask & (1 << at) != 0).collect::<Vec<_>>())
        .filter(|chosen| {
            let sum: u64 = chosen.iter().map(|at| open[*at].0).sum();
            sum >= need && chosen.iter().all(|at| sum - open[*at].0 < need)
        })
        .collect()
}

/// Every way of the one with every way of the other, the cheapest of them.
fn cross(one: &[Choice], other: &[Choice]) -> Vec<Choice> {
    let mut ways: Vec<Choice> = one
        .iter()
        .flat_map(|a| {
            other
                .iter()
                .map(|b| Choice { items: a.items.union(&b.items).copied().collect(), cost: a.cost + b.cost })
        })
        .collect();
    keep_cheapest(&mut ways);
    ways
}

fn keep_cheapest(ways: &mut Vec<Choice>) {
    ways.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| a.items.cmp(&b.items)));
    ways.dedup_by(|a, b| a.items == b.items);
    ways.truncate(MAX_SETS);
}
