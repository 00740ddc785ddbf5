//! No double counting: one context serves at most one item.

use lp_domain::{Achievement, Definition, ProblemKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

fn once(items: &[(&str, Value)], requirement: Value) -> Definition {
    let mut definition = definition(items, requirement);
    definition.no_double_counting = true;
    definition
}

fn served(definition: &Definition, names: &[&str]) -> Vec<Option<String>> {
    let facts: Vec<_> = names.iter().map(|name| passing(name, 1, true)).collect();
    let verdict = sticky(definition, &facts);
    verdict.items.iter().map(|item| Some(item.satisfied_by.as_ref()?.to_string())).collect()
}

#[test]
fn one_context_counts_for_the_first_of_its_items_alone() {
    let items = [("a", json!({ "equivalents": [key("x")] })), ("b", json!({ "equivalents": [key("x")] }))];
    let twice = definition(&items, json!({ "all_of": [all_of(&["a"]), all_of(&["b"])] }));
    assert_eq!(sticky(&twice, &[passing("x", 1, true)]).achievement, Achievement::Completed);
    let counted_once = once(&items, all_of(&["a", "b"]));
    assert_eq!(counted_once.check(), Ok(()));
    assert_eq!(served(&counted_once, &["x"]), [Some(key("x").to_string()), None]);
}

#[test]
fn an_item_gives_way_to_another_when_something_else_serves_it() {
    let items = [("a", json!({ "equivalents": [key("x")] })), ("b", json!({ "equivalents": [key("x")] }))];
    let definition = once(&items, all_of(&["a", "b"]));
    let both = [Some(key("a").to_string()), Some(key("x").to_string())];
    assert_eq!(served(&definition, &["a", "x"]), both);
    assert_eq!(served(&definition, &["x", "a"]), both);
}

#[test]
fn optional_items_take_nothing_from_required_ones() {
    let items = [("extra", json!({ "key": key("x") })), ("a", json!({ "key": key("x") }))];
    let definition = once(&items, all_of(&["a"]));
    assert_eq!(served(&definition, &["x"]), [None, Some(key("x").to_string())]);
}

#[test]
fn items_without_a_context_left_are_refused() {
    let items = [("a", json!({ "key": key("x") })), ("b", json!({ "key": key("x") })), ("c", json!({}))];
    let definition = once(&items, json!({ "all_of": [{ "item": "a" }, all_of(&["b", "c"])] }));
    let problems = definition.check().unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].pointer, "/items/1");
    assert_eq!(problems[0].kind, ProblemKind::NoContextLeft(definition.items[1].id.clone()));
}

#[test]
fn items_that_share_a_context_must_judge_it_alike() {
    let items = [("a", json!({ "equivalents": [key("b")] })), ("b", json!({ "criterion": "certificate" }))];
    let problems = once(&items, all_of(&["a", "b"])).check().unwrap_err();
    assert_eq!(problems[0].kind, ProblemKind::SharedUnalike(key("b")));
}

proptest! {
    #[test]
    fn as_many_items_as_can_be_are_served_and_who_is_served_stays_served(
        equivalents in proptest::collection::vec(proptest::collection::btree_set(0..NAMES.len(), 0..4), 5),
        passed in proptest::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 0..=NAMES.len()).prop_shuffle(),
    ) {
        let edges: Vec<Vec<usize>> = equivalents.iter().enumerate()
            .map(|(at, others)| std::iter::once(at).chain(others.iter().copied().filter(|other| *other != at)).collect())
            .collect();
        let items: Vec<_> = edges.iter().zip(NAMES)
            .map(|(edges, id)| {
                let others: Vec<_> = edges[1..].iter().map(|at| key(NAMES[*at])).collect();
                (id, json!({ "equivalents": others }))
            })
            .collect();
        let definition = once(&items, all_of(&NAMES[..5]));
        prop_assert_eq!(definition.check(), Ok(()));
        let mut before = vec![None; 5];
        for upto in 0..=passed.len() {
            let names: Vec<&str> = passed[..upto].iter().map(|at| NAMES[*at]).collect();
            let after = served(&definition, &names);
            let mut contexts: Vec<_> = after.iter().flatten().collect();
            let count = contexts.len();
            contexts.sort();
            contexts.dedup();
            prop_assert_eq!(contexts.len(), count, "a context served two items");
            prop_assert_eq!(count, most(&edges, &passed[..upto], 0, &mut Vec::new()));
            prop_assert!(before.iter().zip(&after).all(|(before, after)| before.is_none() || after.is_some()));
            before = after;
        }
    }
}

/// The most items that can be served, by trying everything.
fn most(edges: &[Vec<usize>], passed: &[usize], item: usize, taken: &mut Vec<usize>) -> usize {
    let Some(contexts) = edges.get(item) else { return 0 };
    let mut best = most(edges, passed, item + 1, taken);
    for context in contexts.iter().filter(|context| passed.contains(context)) {
        if !taken.contains(context) {
            taken.push(*context);
            best = best.max(1 + most(edges, passed, item + 1, taken));
            taken.pop();
        }
    }
    best
}
