//! No double counting: one context serves at most one item.

use std::collections::{HashMap, HashSet};

use crate::definition::{Definition, ItemId, Node};
use crate::ids::{ContextKey, Timestamp};

/// A context that can serve an item, and since when.
pub(crate) type Serving<'a> = (Timestamp, &'a ContextKey);

/// Which context serves which item: items of the tree first, each group in the order of the definition, so that an
/// earlier item is served whenever it can be, and as many items as can be are.
///
/// An item that is served stays served as contexts are added: contexts come with all their items (the static check
/// demands it), and a larger set of contexts serves every item that a smaller one serves first.
pub(crate) fn assign<'a>(
    definition: &Definition,
    index: &HashMap<&ItemId, usize>,
    serving: impl Fn(usize) -> Vec<Serving<'a>>,
) -> Vec<Option<Serving<'a>>> {
    let mut required = vec![false; definition.items.len()];
    mark_required(&definition.requirement, index, &mut required);
    let served: Vec<Vec<Serving<'a>>> = (0..definition.items.len())
        .map(|item| {
            let mut contexts = serving(item);
            contexts.sort_by_key(|(at, _)| *at);
            contexts
        })
        .collect();
    let mut matching = Matching { served: &served, taken: HashMap::new() };
    for wanted in [true, false] {
        for (at, _) in required.iter().enumerate().filter(|(_, required)| **required == wanted) {
            matching.serve(at, &mut HashSet::new());
        }
    }
    let mut assigned = vec![None; served.len()];
    for (context, at) in matching.taken {
        assigned[at] = served[at].iter().find(|(_, serving)| *serving == context).copied();
    }
    assigned
}

pub(crate) fn mark_required(node: &Node, index: &HashMap<&ItemId, usize>, required: &mut [bool]) {
    if let Node::Item(id) = node
        && let Some(at) = index.get(id)
    {
        required[*at] = true;
    }
    for child in node.children() {
        mark_required(child, index, required);
    }
}

/// A matching that grows by augmenting paths: who is served stays served.
struct Matching<'s, 'a> {
    served: &'s [Vec<Serving<'a>>],
    taken: HashMap<&'a ContextKey, usize>,
}

impl<'a> Matching<'_, 'a> {
    fn serve(&mut self, item: usize, tried: &mut HashSet<&'a ContextKey>) -> bool {
        let served = self.served;
        for (_, context) in &served[item] {
            if !tried.insert(context) {
                continue;
            }
            let holder = self.taken.get(context).copied();
            if holder.is_none_or(|holder| self.serve(holder, tried)) {
                self.taken.insert(context, item);
                return true;
            }
        }
        false
    }
}
