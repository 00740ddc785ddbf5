//! What one definition has that another has not, as people compare two revisions.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::definition::{Definition, Item, ItemId, Node};

/// What changed from one definition to another. Items are the same when their ids are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// Items that only the later has, in its order.
    pub added: Vec<Item>,
    /// Items that only the earlier had, in its order.
    pub removed: Vec<Item>,
    /// Items of both that are not the same in both, in the order of the later.
    pub changed: Vec<ItemChange>,
    /// Whether the items of both stand in another order.
    pub reordered: bool,
    /// The requirement, when it changed.
    pub requirement: Option<Changed<Node>>,
    /// Whether one context serves at most one item, when that changed.
    pub no_double_counting: Option<Changed<bool>>,
}

/// An item before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemChange {
    /// Its id.
    pub id: ItemId,
    /// What it was and what it became.
    #[serde(flatten)]
    pub item: Changed<Item>,
}

/// What was, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changed<T> {
    /// Of the earlier.
    pub before: T,
    /// Of the later.
    pub after: T,
}

impl Difference {
    /// What changed from `earlier` to `later`.
    #[must_use]
    pub fn between(earlier: &Definition, later: &Definition) -> Self {
        let (before, after) = (by_id(earlier), by_id(later));
        let only_in = |definition: &Definition, other: &BTreeMap<&ItemId, &Item>| -> Vec<Item> {
            definition.items.iter().filter(|item| !other.contains_key(&item.id)).cloned().collect()
        };
        let changed = later.items.iter().filter_map(|item| {
            let was = before.get(&item.id).filter(|was| **was != item)?;
            Some(ItemChange {
                id: item.id.clone(),
                item: Changed { before: Item::clone(was), after: item.clone() },
            })
        });
        let order = |definition: &Definition, other: &BTreeMap<&ItemId, &Item>| -> Vec<ItemId> {
            let of_both = definition.items.iter().filter(|item| other.contains_key(&item.id));
            of_both.map(|item| item.id.clone()).collect()
        };
        Self {
            added: only_in(later, &before),
            removed: only_in(earlier, &after),
            changed: changed.collect(),
            reordered: order(earlier, &after) != order(later, &before),
            requirement: changed_from(&earlier.requirement, &later.requirement),
            no_double_counting: changed_from(&earlier.no_double_counting, &later.no_double_counting),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let Self { added, removed, changed, reordered, requirement, no_double_counting } = self;
        added.is_empty()
            && removed.is_empty()
            && changed.is_empty()
            && !reordered
            && requirement.is_none()
            && no_double_counting.is_none()
    }
}

fn by_id(definition: &Definition) -> BTreeMap<&ItemId, &Item> {
    definition.items.iter().map(|item| (&item.id, item)).collect()
}

fn changed_from<T: Clone + PartialEq>(before: &T, after: &T) -> Option<Changed<T>> {
    (before != after).then(|| Changed { before: before.clone(), after: after.clone() })
}
