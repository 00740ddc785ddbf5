//! What is stored reads back, and its shape does not change by accident.

use lp_domain::{ContextFacts, Definition, LearnerFacts, Verdict};
use proptest::prelude::*;
use serde_json::json;

use crate::support::*;

#[test]
fn facts_are_stored_briefly() {
    let facts = known(&[
        passing("a", 2, true),
        passing("a", 1, false),
        grade("a", 1, 0.5),
        enrolment("a", 0, true, "audit"),
        vouched("a", 3, true, Some(9)),
    ]);
    insta::assert_snapshot!(serde_json::to_string(&facts[&key("a")]).unwrap(), @r#"{"p":{"l":{"t":1767441600000000,"i":"35f3b70c-f7b0-53f3-b390-30610df5b03c","v":true},"f":1767441600000000,"y":1767441600000000,"n":1767355200000000},"g":{"l":{"t":1767355200000000,"i":"02037a8c-7413-5ce9-b9f6-b9edd910b0d8","v":0.5},"m":[[1767355200000000,0.5]]},"e":{"t":1767268800000000,"i":"ac7b1e9b-3848-56a9-9e8e-4104c78587ef","v":true},"em":{"t":1767268800000000,"i":"ac7b1e9b-3848-56a9-9e8e-4104c78587ef","v":"audit"},"ms":{"audit":1767268800000000},"o":{"t":1767528000000000,"i":"b9c45489-e049-5faf-b7aa-5ae67bafc97e","v":{"g":true,"u":1768046400000000}}}"#);
}

#[test]
fn definitions_and_verdicts_are_stored_without_what_they_do_not_say() {
    let definition = plain(&["a", "b"], all_of(&["a", "b"]));
    insta::assert_snapshot!(serde_json::to_string(&definition).unwrap(), @r#"{"items":[{"id":"a","key":"course-v1:O+a+1","title":"a"},{"id":"b","key":"course-v1:O+b+1","title":"b"}],"requirement":{"all_of":[{"item":"a"},{"item":"b"}]}}"#);
    let verdict = sticky(&definition, &[passing("a", 1, true)]);
    insta::assert_snapshot!(serde_json::to_string(&verdict).unwrap(), @r#"{"achievement":"in_progress","progress":0.5,"grade":null,"completed_at":null,"items":[{"id":"a","achievement":"completed","progress":1.0,"completed_at":"2026-01-02T12:00:00Z","satisfied_by":"course-v1:O+a+1"},{"id":"b","achievement":"not_started","progress":0.0}],"nodes":[{"achievement":"in_progress","progress":0.5},{"achievement":"completed","progress":1.0,"completed_at":"2026-01-02T12:00:00Z"},{"achievement":"not_started","progress":0.0}]}"#);
}

#[test]
fn policies_are_written_as_the_import_file_has_them() {
    let policy = json!({ "revision": "following", "regression": { "grace": { "days": 14 } }, "prior_work": { "within_months": 24 } });
    let read: lp_domain::RunPolicy = serde_json::from_value(policy.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), policy);
    assert_eq!(
        serde_json::from_value::<lp_domain::RunPolicy>(json!({})).unwrap(),
        lp_domain::RunPolicy::default()
    );
}

proptest! {
    #[test]
    fn what_is_stored_reads_back_and_folds_on(
        definition in any_definition(),
        policy in any_policy(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..30),
        stop in any::<prop::sample::Index>(),
    ) {
        let (early, late) = facts.split_at(if facts.is_empty() { 0 } else { stop.index(facts.len()) });
        let mut folded: LearnerFacts = known(early)
            .into_iter()
            .map(|(context, known)| {
                let text = serde_json::to_string(&known).unwrap();
                (context, serde_json::from_str::<ContextFacts>(&text).unwrap())
            })
            .collect();
        for fact in late {
            folded.entry(fact.context.clone()).or_default().apply(fact);
        }
        prop_assert_eq!(folded, known(&facts));
        let verdict = judge(&definition, &policy, &facts);
        let text = serde_json::to_string(&verdict).unwrap();
        prop_assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), verdict);
        let text = serde_json::to_string(&definition).unwrap();
        let read: Definition = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.digest(), definition.digest());
    }
}
