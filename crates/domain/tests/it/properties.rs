//! What holds of every verdict.

use lp_domain::{Achievement, Ratio, RunPolicy, evaluate};
use proptest::prelude::*;

use crate::support::*;

proptest! {
    #[test]
    fn progress_never_falls_as_facts_are_added_under_sticky(
        definition in any_definition(),
        once in any::<bool>(),
        prior_work in any_prior_work(),
        facts in proptest::collection::vec(any_fact(), 0..30),
    ) {
        let mut definition = definition;
        definition.no_double_counting = once;
        prop_assume!(definition.check().is_ok());
        let policy = RunPolicy { prior_work, ..RunPolicy::default() };
        let mut before = judge(&definition, &policy, &[]);
        for added in 1..=facts.len() {
            let after = judge(&definition, &policy, &facts[..added]);
            prop_assert!(after.progress >= before.progress, "{before:?} -> {after:?}");
            for (node, earlier) in after.nodes.iter().zip(&before.nodes) {
                prop_assert!(node.progress >= earlier.progress);
            }
            for (item, earlier) in after.items.iter().zip(&before.items) {
                prop_assert!(item.progress >= earlier.progress);
            }
            before = after;
        }
    }

    #[test]
    fn progress_is_1_exactly_when_completed_and_completed_is_dated(
        definition in any_definition(),
        policy in any_policy(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..40),
    ) {
        let verdict = judge(&definition, &policy, &facts);
        let nodes = verdict.nodes.iter().map(|node| (node.achievement, node.progress, node.completed_at));
        let items = verdict.items.iter().map(|item| (item.achievement, item.progress, item.completed_at));
        let root = [(verdict.achievement, verdict.progress, verdict.completed_at)];
        for (achievement, progress, completed_at) in nodes.chain(items).chain(root) {
            prop_assert_eq!(achievement == Achievement::Completed, progress == Ratio::ONE);
            prop_assert_eq!(achievement == Achievement::Completed, completed_at.is_some());
            prop_assert!(achievement != Achievement::NotStarted || progress == Ratio::ZERO);
        }
    }

    #[test]
    fn the_root_is_completed_when_the_rule_holds_of_the_completed_items(
        definition in any_definition(),
        policy in any_policy(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..40),
    ) {
        let verdict = judge(&definition, &policy, &facts);
        let done = |id: &str| item(&verdict, id).completed_at.is_some();
        let held = holds(&definition, &definition.requirement, &done);
        prop_assert_eq!(verdict.achievement == Achievement::Completed, held);
        // The date of completion is the first at which the rule held of the items completed by then.
        if let Some(at) = verdict.completed_at {
            let by = |last: &dyn Fn(lp_domain::Timestamp) -> bool| {
                let done = |id: &str| item(&verdict, id).completed_at.is_some_and(last);
                holds(&definition, &definition.requirement, &done)
            };
            prop_assert!(by(&|date| date <= at));
            prop_assert!(!by(&|date| date < at));
        }
    }

    #[test]
    fn who_was_enrolled_before_the_facts_has_what_who_was_enrolled_after_them_has(
        definition in any_definition(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..20),
    ) {
        let facts = known(&facts);
        let policy = RunPolicy::default();
        let early = evaluate(&definition, &policy, &enrolled(-100), &facts, day(500));
        let late = evaluate(&definition, &policy, &enrolled(100), &facts, day(500));
        prop_assert_eq!(early, late);
    }
}
