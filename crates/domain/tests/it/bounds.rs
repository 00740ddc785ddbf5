//! Which work counts: prior work, and what is judged by its latest state.

use lp_domain::{Criterion, Definition, PriorWork, Regression, RunPolicy, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use crate::support::*;

fn one(criterion: serde_json::Value) -> Definition {
    definition(&[("a", json!({ "criterion": criterion }))], all_of(&["a"]))
}

#[test]
fn j_any_time_counts_work_from_before_the_enrolment_dated_by_the_fact() {
    let facts = [passing("a", -400, true)];
    assert_eq!(sticky(&one(json!("passed")), &facts).completed_at, Some(day(-400)));
}

#[test]
fn j_since_a_date_within_months_and_after_enrolment_leave_out_what_is_older() {
    let policies = [
        (PriorWork::Since(day(-10).get()), -10),
        // Two months before 1 January is 1 November: 61 days.
        (PriorWork::WithinMonths(2), -61),
        (PriorWork::AfterEnrolment, 0),
    ];
    for (policy, first) in policies {
        for (days, counts) in [(first, true), (first - 1, false)] {
            for fact in [passing("a", days, true), grade("a", days, 0.9)] {
                let definition = one(json!({ "any_of": ["passed", { "grade": 0.5 }] }));
                let verdict = judge(&definition, &prior(policy), &[fact]);
                assert_eq!(verdict.completed_at, counts.then_some(day(days)), "{policy:?} {days}");
                assert_eq!(verdict.progress.get() > 0.0, counts);
            }
        }
    }
}

#[test]
fn j_a_pass_stated_again_after_the_bound_counts_from_then() {
    let facts = [passing("a", -9, true), passing("a", 4, true), passing("a", 6, false)];
    let verdict = judge(&one(json!("passed")), &prior(PriorWork::AfterEnrolment), &facts);
    assert_eq!(verdict.completed_at, Some(day(4)));
}

#[test]
fn what_was_regained_is_dated_by_what_regained_it() {
    let facts = [passing("a", 1, true), passing("a", 2, true), passing("a", 3, false), passing("a", 4, true)];
    let judged = |facts: &[_]| judge(&one(json!("passed")), &with(Regression::Revocable), facts).completed_at;
    assert_eq!(judged(&facts[..2]), Some(day(1)));
    assert_eq!(judged(&facts[..3]), None);
    assert_eq!(judged(&facts), Some(day(4)));
    let grades = [grade("a", 1, 0.9), grade("a", 2, 0.8), grade("a", 3, 0.4), grade("a", 4, 0.7)];
    let judged =
        |facts: &[_]| judge(&one(json!({ "grade": 0.6 })), &with(Regression::Review), facts).completed_at;
    assert_eq!(judged(&grades[..2]), Some(day(1)));
    assert_eq!(judged(&grades[..3]), None);
    assert_eq!(judged(&grades), Some(day(4)));
}

/// What the rules say, on all facts at once: only statements since the bound are evidence.
fn expected(facts: &[(i64, f64)], threshold: f64, bound: i64, ever: bool) -> Option<Timestamp> {
    let counted: Vec<(i64, f64)> = facts.iter().copied().filter(|(days, _)| *days >= bound).collect();
    let reached = |facts: &[(i64, f64)]| -> Vec<i64> {
        facts.iter().filter(|(_, value)| *value >= threshold).map(|(days, _)| *days).collect()
    };
    let (first, latest) =
        (*reached(facts).iter().min()?, facts.iter().copied().max_by_key(|(days, _)| *days)?);
    let last_missed = facts.iter().filter(|(_, value)| *value < threshold).map(|(days, _)| *days).max();
    let held = reached(&counted);
    let satisfied = if ever { !held.is_empty() } else { latest.1 >= threshold && latest.0 >= bound };
    let unbroken = ever || last_missed < Some(first);
    let date = if first >= bound && unbroken {
        first
    } else if ever {
        *held.iter().max()?
    } else {
        latest.0
    };
    satisfied.then(|| day(date))
}

proptest! {
    #[test]
    fn items_are_dated_as_the_rules_say(
        facts in proptest::collection::btree_map(-20_i64..40, 0_u32..=10, 0..20),
        threshold in 1_u32..=10,
        bound in -20_i64..40,
        ever in any::<bool>(),
    ) {
        let facts: Vec<(i64, f64)> = facts.into_iter().map(|(days, tenths)| (days, f64::from(tenths) / 10.0)).collect();
        let threshold = f64::from(threshold) / 10.0;
        let policy = RunPolicy {
            prior_work: PriorWork::Since(day(bound).get()),
            regression: if ever { Regression::Sticky } else { Regression::Review },
            ..RunPolicy::default()
        };
        let expected = expected(&facts, threshold, bound, ever);
        let mut definition = one(json!("passed"));
        let pass: Vec<_> = facts.iter().map(|(days, value)| passing("a", *days, *value >= threshold)).collect();
        prop_assert_eq!(judge(&definition, &policy, &pass).completed_at, expected);
        definition.items[0].criterion = Criterion::Grade(ratio(threshold));
        let grades: Vec<_> = facts.iter().map(|(days, value)| grade("a", *days, *value)).collect();
        prop_assert_eq!(judge(&definition, &policy, &grades).completed_at, expected);
        definition.items[0].criterion = Criterion::Completion(ratio(threshold));
        let completions: Vec<_> = facts.iter().map(|(days, value)| completion("a", *days, *value)).collect();
        prop_assert_eq!(judge(&definition, &policy, &completions).completed_at, expected);
    }
}
