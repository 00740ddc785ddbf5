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

#[test]
fn a_leap_second_is_the_second_after_it() {
    let leap = chrono::DateTime::parse_from_rfc3339("2016-12-31T23:59:60.5Z").unwrap().to_utc();
    let at = lp_domain::Timestamp::try_from(leap).unwrap();
    assert_eq!(serde_json::to_value(at).unwrap(), "2017-01-01T00:00:00.500000Z");
    let last = chrono::DateTime::parse_from_rfc3339("9999-12-31T23:59:60Z").unwrap().to_utc();
    assert!(lp_domain::Timestamp::try_from(last).is_err());
}

proptest! {
    #[test]
    fn instants_are_written_as_rfc_3339_and_read_back(micros in 0_i64..253_402_300_800_000_000, whole in any::<bool>()) {
        let micros = if whole { micros / 1_000_000 * 1_000_000 } else { micros };
        let instant = chrono::DateTime::from_timestamp_micros(micros).unwrap();
        let at = lp_domain::Timestamp::try_from(instant).unwrap();
        let text = serde_json::to_value(at).unwrap();
        prop_assert_eq!(chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap(), instant);
        prop_assert_eq!(serde_json::from_value::<lp_domain::Timestamp>(text).unwrap(), at);
    }

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
