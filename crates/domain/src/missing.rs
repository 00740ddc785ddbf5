//! What is still missing: minimal sets of items that would complete the requirement, cheapest first.

use std::collections::HashMap;

use crate::combine::{Choice, MAX_SETS, cheapest, combine, keep_cheapest};
use crate::definition::{Definition, Item, ItemId, Node};
use crate::verdict::Verdict;

/// Groups by points with more open children than this give one choice only, as all cannot be tried.
const MAX_CHOICES: usize = 12;

/// Minimal sets of items that would complete the requirement, cheapest first, at most 8; none when it is complete.
///
/// Every set suffices, and no item of it can be left out. The cost of an item is its weight times what is left of it.
/// These are the cheapest sets there are, but for groups by points with more than 12 open children: they give one good
/// choice.
#[must_use]
pub fn missing(definition: &Definition, verdict: &Verdict) -> Vec<Vec<ItemId>> {
    ways(definition, verdict, |_| true)
        .into_iter()
        .map(|way| way.into_iter().map(|at| definition.items[at].id.clone()).collect())
        .collect()
}

/// The same as positions of items in the definition, and without open items that cannot be done.
pub(crate) fn ways(
    definition: &Definition,
    verdict: &Verdict,
    can_be_done: impl Fn(&Item) -> bool,
) -> Vec<Vec<usize>> {
    let items: HashMap<&ItemId, Open> = definition
        .items
        .iter()
        .zip(&verdict.items)
        .enumerate()
        .filter(|(_, (item, judged))| judged.completed_at.is_some() || can_be_done(item))
        .map(|(at, (item, judged))| {
            let cost = item.weight * (1.0 - judged.progress.get());
            (&item.id, Open { at, cost, done: judged.completed_at.is_some(), points: item.points })
        })
        .collect();
    options(&definition.requirement, &items)
        .unwrap_or_default()
        .into_iter()
        .map(|choice| choice.items)
        .filter(|way| !way.is_empty())
        .collect()
}

struct Open {
    at: usize,
    cost: f64,
    done: bool,
    points: u32,
}

type Items<'a> = HashMap<&'a ItemId, Open>;

/// The cheapest ways to complete `node`; `None` when it cannot be. A completed node has one way: nothing.
fn options(node: &Node, items: &Items<'_>) -> Option<Vec<Choice>> {
    match node {
        Node::Item(id) => {
            let open = items.get(id)?;
            Some(vec![if open.done { Choice::NOTHING } else { Choice::of(open.at, open.cost) }])
        }
        Node::AllOf(of) | Node::InOrder(of) => {
            let open = Group::read(of.iter().map(|child| (child, 1)), items);
            (open.have + open.gives.len() as u64 == of.len() as u64 && !of.is_empty())
                .then(|| combine(open.ways.iter()))
        }
        Node::AtLeast { k, of } => {
            let open = Group::read(of.iter().map(|child| (child, 1)), items);
            let need = usize::try_from(u64::from(*k).saturating_sub(open.have)).ok()?;
            (need <= open.ways.len()).then(|| cheapest(&open.ways, need))
        }
        Node::AtLeastPoints { points, of } => {
            let open = Group::read(of.iter().map(|child| (child, points_of(child, items))), items);
            open.reaching(u64::from(*points).saturating_sub(open.have))
        }
    }
}

fn points_of(node: &Node, items: &Items<'_>) -> u64 {
    match node {
        Node::Item(id) => items.get(id).map_or(0, |open| u64::from(open.points)),
        group => group.children().iter().map(|child| points_of(child, items)).sum(),
    }
}

/// The children of a group: what the completed ones give, and the open ones that can be completed, cheapest first.
struct Group {
    have: u64,
    gives: Vec<u64>,
    ways: Vec<Vec<Choice>>,
}

impl Group {
    fn read<'a>(children: impl Iterator<Item = (&'a Node, u64)>, items: &Items<'_>) -> Self {
        let (mut have, mut open) = (0, Vec::new());
        for (child, gives) in children.filter(|(_, gives)| *gives > 0) {
            match options(child, items) {
                Some(ways) if ways.first().is_some_and(Choice::is_nothing) => have += gives,
                Some(ways) if !ways.is_empty() => open.push((gives, ways)),
                _ => {}
            }
        }
        open.sort_by(|(_, a), (_, b)| a[0].cost.total_cmp(&b[0].cost));
        let (gives, ways) = open.into_iter().unzip();
        Self { have, gives, ways }
    }

    fn points(&self, chosen: &[usize]) -> u64 {
        chosen.iter().map(|at| self.gives[*at]).sum()
    }

    /// Enough, and nothing to spare.
    fn just_reaches(&self, chosen: &[usize], need: u64) -> bool {
        let sum = self.points(chosen);
        sum >= need && chosen.iter().all(|at| sum - self.gives[*at] < need)
    }

    fn reaching(&self, need: u64) -> Option<Vec<Choice>> {
        if need == 0 {
            return Some(vec![Choice::NOTHING]);
        }
        if self.gives.iter().sum::<u64>() < need {
            return None;
        }
        let mut choices = if self.gives.len() > MAX_CHOICES {
            vec![self.greedy(need)]
        } else {
            (1_u32..1 << self.gives.len())
                .map(|mask| (0..self.gives.len()).filter(|at| mask & (1 << at) != 0).collect::<Vec<_>>())
                .filter(|chosen| self.just_reaches(chosen, need))
                .collect()
        };
        let cost = |chosen: &[usize]| chosen.iter().map(|at| self.ways[*at][0].cost).sum::<f64>();
        choices.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
        choices.truncate(MAX_SETS);
        let mut ways: Vec<Choice> =
            choices.into_iter().flat_map(|chosen| combine(chosen.iter().map(|at| &self.ways[*at]))).collect();
        keep_cheapest(&mut ways);
        Some(ways)
    }

    /// The cheapest by the point until there is enough, then without those that turned out not to be needed.
    fn greedy(&self, need: u64) -> Vec<usize> {
        #[expect(clippy::cast_precision_loss, reason = "points of a group are far below 2^52")]
        let price = |at: &usize| self.ways[*at][0].cost / self.gives[*at] as f64;
        let mut by_price: Vec<usize> = (0..self.gives.len()).collect();
        by_price.sort_by(|a, b| price(a).total_cmp(&price(b)));
        let mut sum = 0;
        let mut chosen: Vec<usize> = by_price
            .into_iter()
            .take_while(|at| {
                let wanted = sum < need;
                sum += self.gives[*at];
                wanted
            })
            .collect();
        for at in chosen.clone().into_iter().rev() {
            if self.points(&chosen) - self.gives[at] >= need {
                chosen.retain(|other| *other != at);
            }
        }
        chosen
    }
}
