//! What is missing.

use lp_domain::{Definition, Verdict, missing};
use proptest::prelude::*;
use serde_json::json;

use crate::support::*;

fn sets(definition: &Definition, verdict: &Verdict) -> Vec<Vec<String>> {
    missing(definition, verdict).iter().map(|set| set.iter().map(ToString::to_string).collect()).collect()
}

/// All minimal sets of open items that complete the requirement, with their cost.
fn by_force(definition: &Definition, verdict: &Verdict) -> Vec<(f64, Vec<String>)> {
    let open: Vec<_> = definition
        .items
        .iter()
        .zip(&verdict.items)
        .filter(|(_, judged)| judged.completed_at.is_none())
        .collect();
    let suffices = |mask: u32| {
        let done = |id: &str| {
            open.iter().position(|(item, _)| &*item.id.0 == id).is_none_or(|at| mask & (1 << at) != 0)
        };
        holds(definition, &definition.requirement, &done)
    };
    (0..1_u32 << open.len())
        .filter(|mask| suffices(*mask))
        .filter(|mask| (0..open.len()).all(|at| mask & (1 << at) == 0 || !suffices(mask & !(1 << at))))
        .map(|mask| {
            let set = open.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0).map(|(_, one)| *one);
            let cost = set.clone().map(|(item, judged)| item.weight * (1.0 - judged.progress.get())).sum();
            (cost, set.map(|(item, _)| item.id.to_string()).collect())
        })
        .collect()
}

proptest! {
    #[test]
    fn missing_sets_are_sufficient_and_minimal_and_the_cheapest(
        definition in any_definition(),
        facts in proptest::collection::vec(any_fact(), 0..12),
    ) {
        let verdict = sticky(&definition, &facts);
        let mut all = by_force(&definition, &verdict);
        let given = sets(&definition, &verdict);
        if verdict.completed_at.is_some() {
            prop_assert!(given.is_empty());
            return Ok(());
        }
        prop_assert_eq!(given.len(), all.len().min(8));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at, set) in given.iter().enumerate() {
            let cost = all.iter().find(|(_, other)| other == set).map(|(cost, _)| *cost);
            prop_assert!(cost.is_some(), "{set:?} is not among {all:?}");
            prop_assert!((cost.unwrap() - all[at].0).abs() < 1e-9, "{given:?} are not the cheapest of {all:?}");
            prop_assert!(!given[..at].contains(set));
        }
    }

    #[test]
    fn a_group_by_points_too_large_to_try_gives_a_sufficient_and_minimal_set(
        points in proptest::collection::vec(1_u32..9, 13..20),
        weights in proptest::collection::vec(0_u32..9, 20),
        part in 1_u32..=100,
    ) {
        let ids: Vec<String> = (0..points.len()).map(|at| format!("i{at}")).collect();
        let items: Vec<_> = ids.iter().zip(points.iter().zip(&weights))
            .map(|(id, (points, weight))| (id.as_str(), json!({ "points": points, "weight": weight })))
            .collect();
        let need = (points.iter().sum::<u32>() * part).div_ceil(100);
        let of: Vec<_> = ids.iter().map(|id| json!({ "item": id })).collect();
        let definition = definition(&items, json!({ "at_least_points": { "points": need, "of": of } }));
        let given = sets(&definition, &sticky(&definition, &[]));
        prop_assert_eq!(given.len(), 1);
        let worth = |left_out: Option<&String>| -> u32 {
            let kept = given[0].iter().filter(|id| Some(*id) != left_out);
            kept.map(|id| points[id[1..].parse::<usize>().unwrap()]).sum()
        };
        prop_assert!(worth(None) >= need);
        prop_assert!(given[0].iter().all(|id| worth(Some(id)) < need));
    }
}

#[test]
fn half_of_400_items_is_answered_at_once() {
    let ids: Vec<String> = (0..400).map(|at| format!("i{at}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let definition = plain(&ids, at_least(200, &ids));
    let given = sets(&definition, &sticky(&definition, &[]));
    assert_eq!(given.len(), 8);
    assert!(given.iter().all(|set| set.len() == 200));
}

#[test]
fn a_hundred_groups_of_choices_are_answered_at_once() {
    let ids: Vec<String> = (0..2_000).map(|at| format!("i{at}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let groups: Vec<_> = ids.chunks(20).map(|ids| at_least(10, ids)).collect();
    let definition = plain(&ids, json!({ "all_of": groups }));
    assert_eq!(definition.check(), Ok(()));
    let given = sets(&definition, &sticky(&definition, &[]));
    assert_eq!(given.len(), 8);
    assert!(given.iter().all(|set| set.len() == 1_000));
}

#[test]
fn what_is_nearly_done_is_cheaper_than_what_is_not_begun() {
    let definition = plain(&["a", "b"], at_least(1, &["a", "b"]));
    let verdict = sticky(&definition, &[completion("b", 1, 0.5)]);
    assert_eq!(sets(&definition, &verdict), [["b"], ["a"]]);
}
