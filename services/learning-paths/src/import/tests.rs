use lp_domain::{Criterion, Node, Regression, RevisionPolicy};

use super::document::read;

const EXAMPLE: &str = include_str!("../../../../examples/paths.yaml");

#[test]
fn the_example_is_right() {
    let document = read(EXAMPLE).unwrap();
    assert_eq!(document.paths.len(), 3);
    let data = &document.paths[0].runs[0];
    assert_eq!(data.key.as_str(), "path-v1:OpenedX+DATA+2026+open");
    assert_eq!(data.definition.items.len(), 4);
    assert!(matches!(&data.definition.requirement, Node::AllOf(nodes) if nodes.len() == 2));
    let nurse = &document.paths[1].runs[0];
    assert_eq!(nurse.policy.regression, Regression::Grace { days: 14 });
    assert!(matches!(nurse.definition.items[0].criterion, Criterion::Grade(_)));
    assert_eq!(document.paths[2].runs[0].policy.revision, RevisionPolicy::Following);
    assert_eq!(document.enrolments[0].learners.len(), 3);
    assert!(document.enrolments[0].enrolled_at.is_some());
}

#[test]
fn every_problem_of_a_file_is_told_with_its_place() {
    let file = "
paths:
  - organisation: Org
    number: N
    runs: []
  - organisation: Org
    number: M
    title: M
    runs:
      - key: path-v1:Org+M+R+G
        policy: {regression: stikcy}
        schedule: {time_zone: Europe/Nowhere, closes: tomorrow, due: {on: 1960-01-01}}
        items:
          - {id: a, key: not a key, title: A}
          - {id: b, key: course-v1:O+C+R, title: B, wieght: 2}
          - {id: c, key: course-v1:O+C+R, title: C, criterion: {grade: 70}}
        requirement: {all_off: []}
      - key: path-v1:Other+M+R+G
        items: [{id: a, key: course-v1:O+C+R, title: A}]
        requirement: {item: a}
      - key: course-v1:O+C+R
        items: [{id: a, key: course-v1:O+C+R, title: \"A\\0\"}]
        requirement: {item: a}
enrolments:
  - {run: path-v1:Org+M+R+G, learners: [1, 0, -4, x], enrolled_at: yesterday}
";
    let problems = read(file).unwrap_err();
    let mut pointers = problems.pointers();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/enrolments/0/enrolled_at",
            "/enrolments/0/learners/1",
            "/enrolments/0/learners/2",
            "/enrolments/0/learners/3",
            "/paths/0/title",
            "/paths/1/runs/0/items/0",
            "/paths/1/runs/0/items/1",
            "/paths/1/runs/0/items/2",
            "/paths/1/runs/0/policy",
            "/paths/1/runs/0/requirement",
            "/paths/1/runs/0/schedule/closes",
            "/paths/1/runs/0/schedule/time_zone",
            "/paths/1/runs/1/key",
            "/paths/1/runs/2/items/0/title",
            "/paths/1/runs/2/key",
        ],
        "{problems}"
    );
}

#[test]
fn a_bad_definition_is_refused_with_a_pointer_to_the_node() {
    let file = "
paths:
  - organisation: O
    number: N
    title: T
    runs:
      - key: path-v1:O+N+R+G
        items: [{id: a, key: course-v1:O+C+R, title: A}]
        requirement: {all_of: [{item: a}, {at_least: {k: 2, of: [{item: a}]}}]}
";
    let problems = read(file).unwrap_err();
    let pointers = problems.pointers();
    let node = "/paths/0/runs/0/requirement/all_of/1";
    assert!(pointers.iter().any(|pointer| pointer.starts_with(node)), "{problems}");
}

#[test]
fn the_same_run_twice_is_refused() {
    let run = "{key: 'path-v1:O+N+R+G', items: [{id: a, key: 'course-v1:O+C+R', title: A}], requirement: {item: a}}";
    let file = format!("paths: [{{organisation: O, number: N, title: T, runs: [{run}, {run}]}}]");
    assert_eq!(read(&file).unwrap_err().pointers(), ["/paths/0/runs/1/key"]);
}

#[test]
fn what_is_no_yaml_or_no_such_file_is_refused() {
    for text in ["paths: [", "- a\n- b\n", "path: []", "paths: []\npaths: []\n", "a: &a [*a, *a]"] {
        assert_eq!(read(text).unwrap_err().pointers(), [""], "{text}");
    }
}

#[test]
fn a_file_of_many_learners_is_read() {
    let learners: Vec<String> = (1..=100_000).map(|n| n.to_string()).collect();
    let file = format!("enrolments: [{{run: 'path-v1:O+N+R+G', learners: [{}]}}]", learners.join(", "));
    assert_eq!(read(&file).unwrap().enrolments[0].learners.len(), 100_000);
}
