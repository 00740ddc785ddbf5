//! What to take next.

use std::collections::{HashMap, HashSet};
use std::slice;

use crate::definition::{Definition, Item, ItemId, Node};
use crate::ids::ContextKey;
use crate::missing::ways;
use crate::verdict::{NodeVerdict, Verdict};

/// The item that a learner best takes next: of the cheapest way to completion that leads over nothing that is gone, the first in
/// the order in which items are shown whose turn has come. Where there is no such way, any item that can be taken and is not
/// needless by now, the first shown. `None` when the run is completed, or nothing can be taken.
///
/// `is_gone` says of a context that it is gone at its source. An item is gone when all of its contexts are.
#[must_use]
pub fn next_item<'a>(
    definition: &'a Definition,
    verdict: &Verdict,
    is_gone: impl Fn(&ContextKey) -> bool,
) -> Option<&'a Item> {
    let is_there = |item: &Item| item.contexts().any(|context| !is_gone(context));
    let wanted = wanted(definition, verdict);
    let takeable: Vec<usize> = definition
        .items
        .iter()
        .zip(&verdict.items)
        .enumerate()
        .filter(|(_, (item, judged))| wanted.contains(&item.id) && !judged.locked && is_there(item))
        .map(|(at, _)| at)
        .collect();
    let way: HashSet<usize> =
        ways(definition, verdict, is_there).into_iter().next().into_iter().flatten().collect();
    let next = takeable.iter().find(|at| way.contains(at)).or(takeable.first())?;
    definition.items.get(*next)
}

/// The items that are open, with no completed node above them.
fn wanted<'a>(definition: &'a Definition, verdict: &Verdict) -> HashSet<&'a ItemId> {
    let mut wanted = HashSet::new();
    open_leaves(&definition.requirement, &mut verdict.nodes.iter(), false, &mut wanted);
    wanted
}

/// `verdicts` are those of this node and of all that come after it, depth first.
fn open_leaves<'a>(
    node: &'a Node,
    verdicts: &mut slice::Iter<'_, NodeVerdict>,
    is_done: bool,
    open: &mut HashSet<&'a ItemId>,
) {
    let is_done = verdicts.next().is_some_and(|judged| judged.completed_at.is_some()) || is_done;
    if let Node::Item(id) = node
        && !is_done
    {
        open.insert(id);
    }
    for child in node.children() {
        open_leaves(child, verdicts, is_done, open);
    }
}

/// For each node, in the order of [`Definition::nodes`], the items below it by which it is completed, or that count towards it so
/// far, in the order in which they are shown. What was done after a node was completed adds nothing to it.
#[must_use]
pub fn counting_items<'a>(definition: &'a Definition, verdict: &Verdict) -> Vec<Vec<&'a ItemId>> {
    let shown: HashMap<&ItemId, usize> =
        definition.items.iter().enumerate().map(|(at, item)| (&item.id, at)).collect();
    let mut counting = Vec::with_capacity(verdict.nodes.len());
    collect(&definition.requirement, verdict, &mut counting);
    for items in &mut counting {
        items.sort_by_key(|id| shown.get(*id));
    }
    counting
}

/// Adds the node and all below it, depth first.
fn collect<'a>(node: &'a Node, verdict: &Verdict, counting: &mut Vec<Vec<&'a ItemId>>) {
    let at = counting.len();
    let completed_at = |at: usize| verdict.nodes.get(at).and_then(|judged| judged.completed_at);
    counting.push(Vec::new());
    if let Node::Item(id) = node
        && completed_at(at).is_some()
    {
        counting[at].push(id);
    }
    for child in node.children() {
        let place = counting.len();
        collect(child, verdict, counting);
        let counts = match completed_at(at) {
            None => true,
            Some(done) => completed_at(place).is_some_and(|child| child <= done),
        };
        if counts {
            let below = counting[place].clone();
            counting[at].extend(below);
        }
    }
}
