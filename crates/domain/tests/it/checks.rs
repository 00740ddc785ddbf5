//! What is refused before publication, with a pointer to the place.

use lp_domain::{Definition, ProblemKind};
use serde_json::{Value, json};

use crate::support::*;

/// `pointer: reason` of every problem; each pointer must lead somewhere in the definition's JSON.
fn problems(definition: &Definition) -> Vec<String> {
    let document = serde_json::to_value(definition).unwrap();
    let problems = definition.check().err().unwrap_or_default();
    for problem in &problems {
        let parent = problem.pointer.rsplit_once('/').unwrap().0;
        assert!(document.pointer(parent).is_some(), "{problem}");
    }
    problems.iter().map(ToString::to_string).collect()
}

fn refused(definition: &Definition, pointer: &str, kind: &ProblemKind) {
    assert_eq!(problems(definition), [format!("{pointer}: {kind}")]);
}

#[test]
fn a_good_definition_is_taken() {
    let tree = json!({ "all_of": [{ "item": "a" }, at_least(1, &["b", "c"])] });
    assert_eq!(plain(&["a", "b", "c", "optional"], tree).check(), Ok(()));
}

#[test]
fn empty_groups_are_refused_wherever_they_stand() {
    let groups = [
        (json!({ "all_of": [] }), "all_of"),
        (json!({ "in_order": [] }), "in_order"),
        (json!({ "at_least": { "k": 1, "of": [] } }), "at_least"),
        (json!({ "at_least_points": { "points": 1, "of": [] } }), "at_least_points"),
    ];
    for (group, _) in groups {
        refused(
            &plain(&["a"], json!({ "all_of": [{ "item": "a" }, group] })),
            "/requirement/all_of/1",
            &ProblemKind::EmptyGroup,
        );
    }
}

#[test]
fn k_must_lie_between_1_and_the_size_of_the_group() {
    refused(&plain(&["a"], at_least(0, &["a"])), "/requirement", &ProblemKind::ZeroRequired);
    let kind = ProblemKind::MoreThanChildren { k: 3, children: 2 };
    refused(&plain(&["a", "b"], at_least(3, &["a", "b"])), "/requirement", &kind);
}

#[test]
fn points_must_be_reachable() {
    let points = |points: u32| json!({ "at_least_points": { "points": points, "of": [{ "item": "a" }, all_of(&["b", "c"])] } });
    assert_eq!(plain(&["a", "b", "c"], points(3)).check(), Ok(()));
    let kind = ProblemKind::UnreachablePoints { points: 4, reachable: 3 };
    refused(&plain(&["a", "b", "c"], points(4)), "/requirement", &kind);
    refused(&plain(&["a", "b", "c"], points(0)), "/requirement", &ProblemKind::ZeroPoints);
}

#[test]
fn weights_of_a_group_must_not_sum_to_0() {
    let items = [("a", json!({ "weight": 0 })), ("b", json!({ "weight": 0 })), ("c", json!({}))];
    let tree = json!({ "all_of": [all_of(&["a", "b"]), { "item": "c" }] });
    refused(&definition(&items, tree), "/requirement/all_of/0", &ProblemKind::WeightlessGroup);
    assert_eq!(definition(&items, all_of(&["a", "b", "c"])).check(), Ok(()));
}

#[test]
fn weights_must_be_numbers_that_weights_can_be() {
    for weight in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let mut definition = plain(&["a"], all_of(&["a"]));
        definition.items[0].weight = weight;
        let problems = definition.check().unwrap_err();
        assert_eq!(
            (problems[0].pointer.as_str(), &problems[0].kind),
            ("/items/0/weight", &ProblemKind::Weight)
        );
    }
}

#[test]
fn one_context_must_not_stand_twice_under_one_node() {
    let same = definition(&[("a", json!({})), ("b", json!({ "key": key("a") }))], all_of(&["a", "b"]));
    refused(&same, "/requirement", &ProblemKind::RepeatedContext(key("a")));
    let equivalent =
        definition(&[("a", json!({})), ("b", json!({ "equivalents": [key("a")] }))], all_of(&["a", "b"]));
    refused(&equivalent, "/requirement", &ProblemKind::RepeatedContext(key("a")));
    let within = definition(&[("a", json!({ "equivalents": [key("a")] }))], all_of(&["a"]));
    refused(&within, "/items/0/equivalents/0", &ProblemKind::RepeatedContext(key("a")));
    // Under two nodes it may.
    let items = [("a", json!({})), ("b", json!({ "key": key("a") })), ("c", json!({}))];
    assert_eq!(
        definition(&items, json!({ "all_of": [{ "item": "a" }, all_of(&["b", "c"])] })).check(),
        Ok(())
    );
}

#[test]
fn an_item_stands_in_the_tree_once_so_that_there_is_no_cycle() {
    let tree = json!({ "all_of": [{ "item": "a" }, { "in_order": [{ "item": "a" }] }] });
    let kind = ProblemKind::RepeatedInTree(plain(&["a"], all_of(&["a"])).items[0].id.clone());
    refused(&plain(&["a"], tree), "/requirement/all_of/1/in_order/0", &kind);
}

#[test]
fn items_must_have_names_of_their_own() {
    let twice = definition(&[("a", json!({})), ("a", json!({ "key": key("b") }))], all_of(&["a"]));
    let id = twice.items[0].id.clone();
    refused(&twice, "/items/1/id", &ProblemKind::RepeatedItemId(id));
    for id in ["", "a\nb", "x".repeat(101).as_str()] {
        let definition = definition(&[("a", json!({ "id": id }))], all_of(&[id]));
        refused(&definition, "/items/0/id", &ProblemKind::ItemId);
    }
}

#[test]
fn items_that_nobody_described_are_refused() {
    let definition =
        plain(&["a"], json!({ "at_least": { "k": 1, "of": [{ "item": "a" }, { "item": "z" }] } }));
    let problems = problems(&definition);
    assert_eq!(problems, ["/requirement/at_least/of/1: no item has the id `z`"]);
}

#[test]
fn criteria_of_nothing_are_refused() {
    for (criterion, pointer) in [
        (json!({ "any_of": [] }), "/items/0/criterion/any_of"),
        (json!({ "any_of": ["passed", { "all_of": [] }] }), "/items/0/criterion/any_of/1/all_of"),
    ] {
        let definition = definition(&[("a", json!({ "criterion": criterion }))], all_of(&["a"]));
        refused(&definition, pointer, &ProblemKind::EmptyCriterion);
    }
    let definition = definition(&[("a", json!({ "criterion": { "grade": 0 } }))], all_of(&["a"]));
    refused(&definition, "/items/0/criterion", &ProblemKind::Threshold);
}

#[test]
fn depth_and_size_are_bounded() {
    let nested =
        |depth: usize| (1..depth).fold(json!({ "item": "a" }), |node, _| json!({ "all_of": [node] }));
    assert_eq!(plain(&["a"], nested(32)).check(), Ok(()));
    refused(&plain(&["a"], nested(33)), "/requirement", &ProblemKind::TooDeep);
    let ids: Vec<String> = (0..2_001).map(|at| format!("i{at}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    refused(&plain(&ids, all_of(&ids)), "/items", &ProblemKind::TooManyItems);
    let nested = |depth: usize| (0..depth).fold(json!("passed"), |inner, _| json!({ "any_of": [inner] }));
    let with = |depth| definition(&[("a", json!({ "criterion": nested(depth) }))], all_of(&["a"]));
    assert_eq!(with(32).check(), Ok(()));
    assert!(with(33).check().unwrap_err().iter().all(|problem| problem.kind == ProblemKind::TooDeep));
}

#[test]
fn keys_and_thresholds_are_refused_when_the_definition_is_read() {
    let read = |item: Value| {
        serde_json::from_value::<Definition>(json!({ "items": [item], "requirement": { "item": "a" } }))
    };
    let good = json!({ "id": "a", "key": "course-v1:O+A+1", "title": "A" });
    assert!(read(good.clone()).is_ok());
    for (field, value) in [
        ("key", json!("not a key")),
        ("key", json!("path-v1:O+P+2026+open")),
        ("key", json!(format!("course-v1:O+A+{}", "1".repeat(255)))),
        ("equivalents", json!(["course-v1:O"])),
        ("criterion", json!({ "grade": 1.01 })),
        ("criterion", json!({ "completion": -0.1 })),
        ("criterion", json!({ "grade": "NaN" })),
        ("points", json!(-1)),
        ("unknown", json!(1)),
    ] {
        let mut item = good.clone();
        item[field] = value;
        assert!(read(item.clone()).is_err(), "{item}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let items = [("a", json!({ "weight": -1 })), ("b", json!({ "criterion": { "any_of": [] } }))];
    let definition = definition(&items, json!({ "all_of": [{ "all_of": [] }, { "item": "z" }] }));
    assert_eq!(problems(&definition).len(), 4);
}
