//! Drafts read with all their problems, and revisions compared.

use lp_domain::difference::Difference;
use lp_domain::{Definition, PathId, RunKey};
use serde_json::{Value, json};

fn item(id: &str, number: u32) -> Value {
    json!({ "id": id, "key": format!("course-v1:Org+C{number}+2026"), "title": id })
}

fn definition(items: &[Value], requirement: Value) -> Definition {
    Definition::read(json!({ "items": items, "requirement": requirement })).unwrap()
}

fn pointers(value: Value) -> Vec<String> {
    Definition::read(value).unwrap_err().into_iter().map(|problem| problem.pointer).collect()
}

#[test]
fn every_problem_of_a_draft_is_told_with_its_place() {
    let draft = json!({
        "items": [
            item("a", 1),
            { "id": "b", "key": "no key", "title": "B" },
            { "id": "c", "key": "course-v1:Org+C3+2026", "title": "C", "criterion": { "grade": 70 } },
            { "id": "d", "key": "course-v1:Org+C4+2026", "title": "D", "wieght": 2 },
        ],
        "requirement": { "all_of": [
            { "item": "a" }, { "all_off": [] }, { "at_least": { "k": -1, "of": [] } },
            { "at_least": { "k": 1, "of": [{ "item": 7 }] } }, "a", { "item": "a", "all_of": [] },
        ] },
    });
    assert_eq!(
        pointers(draft),
        [
            "/items/1",
            "/items/2",
            "/items/3",
            "/requirement/all_of/1",
            "/requirement/all_of/2",
            "/requirement/all_of/3/at_least/of/0",
            "/requirement/all_of/4",
            "/requirement/all_of/5",
        ]
    );
}

#[test]
fn a_draft_that_parses_is_held_against_the_rules_of_publication() {
    let draft =
        json!({ "items": [item("a", 1)], "requirement": { "all_of": [{ "item": "a" }, { "all_of": [] }] } });
    assert_eq!(pointers(draft), ["/requirement/all_of/1"]);
    for no_definition in
        [json!(null), json!([]), json!({ "items": [] }), json!({ "items": [], "requirement": {}, "x": 1 })]
    {
        assert!(!pointers(no_definition).is_empty());
    }
}

#[test]
fn what_is_read_is_what_serde_reads() {
    let tree = json!({ "all_of": [
        { "item": "a" },
        { "in_order": [{ "item": "b" }, { "at_least": { "k": 1, "of": [{ "item": "c" }, { "item": "d" }] } }] },
        { "at_least_points": { "points": 1, "of": [{ "item": "e" }] } },
    ] });
    let items: Vec<Value> = ["a", "b", "c", "d", "e"].iter().zip(1..).map(|(id, n)| item(id, n)).collect();
    let value = json!({ "items": items, "requirement": tree, "no_double_counting": true });
    let read = Definition::read(value.clone()).unwrap();
    assert_eq!(read, serde_json::from_value(value.clone()).unwrap());
    assert_eq!(serde_json::to_value(read).unwrap(), value);
}

#[test]
fn a_difference_names_what_came_what_went_and_what_changed() {
    let all =
        |ids: &[&str]| json!({ "all_of": ids.iter().map(|id| json!({ "item": id })).collect::<Vec<_>>() });
    let before = definition(&[item("a", 1), item("b", 2), item("c", 3)], all(&["a", "b", "c"]));
    let after = definition(&[item("c", 3), item("b", 4), item("d", 5)], all(&["b", "c", "d"]));
    let difference = Difference::between(&before, &after);
    let ids = |items: &[lp_domain::Item]| items.iter().map(|item| item.id.to_string()).collect::<Vec<_>>();
    assert_eq!((ids(&difference.added), ids(&difference.removed)), (vec!["d".into()], vec!["a".into()]));
    assert_eq!(difference.changed.len(), 1);
    assert_eq!(difference.changed[0].item.before.key.as_str(), "course-v1:Org+C2+2026");
    assert_eq!(difference.changed[0].item.after.key.as_str(), "course-v1:Org+C4+2026");
    assert!(difference.reordered && difference.requirement.is_some());
    assert_eq!(difference.no_double_counting, None);
    assert!(Difference::between(&before, &before).is_nothing());
    assert!(!difference.is_nothing());
}

#[test]
fn a_path_is_known_by_the_beginning_of_its_runs_keys() {
    let run = RunKey::parse("path-v1:Open:edX+N/1 Ü+2026+open").unwrap();
    assert_eq!((run.org(), run.number()), ("Open:edX", "N/1 Ü"));
    assert_eq!(PathId::from(&run), PathId::new("Open:edX", "N/1 Ü").unwrap());
    for (org, number) in [("", "N"), ("Org", ""), ("O+rg", "N"), ("Org", "N\n")] {
        assert!(PathId::new(org, number).is_err(), "{org:?} {number:?}");
    }
}
