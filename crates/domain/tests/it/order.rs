//! Order and repetition.

use lp_domain::evaluate;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::*;

/// The facts shuffled, some of them repeated.
fn disturbed(facts: &[lp_domain::Fact], keys: &[u32], again: &[Index]) -> Vec<lp_domain::Fact> {
    let mut keyed: Vec<_> = facts.iter().cloned().zip(keys.iter().copied()).collect();
    if !facts.is_empty() {
        keyed.extend(
            again.iter().enumerate().map(|(at, index)| (index.get(facts).clone(), keys[at % keys.len()])),
        );
    }
    keyed.sort_by_key(|(_, key)| *key);
    keyed.into_iter().map(|(fact, _)| fact).collect()
}

proptest! {
    #[test]
    fn fault_16_any_order_and_any_repetition_of_facts_gives_the_same_state_and_verdict(
        definition in any_definition(),
        policy in any_policy(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..40),
        keys in proptest::collection::vec(any::<u32>(), 40),
        again in proptest::collection::vec(any::<Index>(), 0..20),
        as_of in -20_i64..60,
    ) {
        let disturbed = known(&disturbed(&facts, &keys, &again));
        let straight = known(&facts);
        prop_assert_eq!(&straight, &disturbed);
        let verdict = evaluate(&definition, &policy, &enrolled(0), &straight, day(as_of));
        let other = evaluate(&definition, &policy, &enrolled(0), &disturbed, day(as_of));
        prop_assert_eq!(verdict.digest(), other.digest());
        prop_assert_eq!(verdict, other);
    }

    #[test]
    fn the_newest_date_is_that_of_the_newest_fact_and_the_first_is_that_of_some_fact(
        facts in proptest::collection::vec(any_fact_at_all(), 0..40),
    ) {
        for (context, folded) in known(&facts) {
            let dates: Vec<_> = facts.iter().filter(|fact| fact.context == context).map(|fact| fact.at).collect();
            prop_assert_eq!(folded.last_at(), dates.iter().max().copied());
            let first = folded.first_at().unwrap();
            prop_assert!(dates.contains(&first));
            let measured = facts.iter().filter(|fact| fact.context == context).filter(|fact| {
                matches!(fact.value, lp_domain::FactValue::Grade { .. } | lp_domain::FactValue::Passing { passing: true })
            });
            prop_assert!(measured.map(|fact| fact.at).all(|at| first <= at));
        }
    }

    #[test]
    fn dates_of_a_measure_are_those_of_all_its_facts(
        facts in proptest::collection::vec((-20_i64..40, 0_u32..=10), 1..40),
        threshold in 0_u32..=10,
        bound in -20_i64..40,
    ) {
        let threshold = f64::from(threshold) / 10.0;
        let facts: Vec<_> = facts.into_iter().map(|(days, tenths)| (days, f64::from(tenths) / 10.0)).collect();
        let folded = known(&facts.iter().map(|(days, value)| grade("a", *days, *value)).collect::<Vec<_>>());
        let measure = folded[&key("a")].grade.clone().unwrap();
        let when = |reached: bool| {
            facts.iter().filter(move |(_, value)| (*value >= threshold) == reached).map(|(days, _)| *days)
        };
        prop_assert_eq!(measure.first_reached(ratio(threshold)), when(true).min().map(day));
        prop_assert_eq!(measure.last_reached(ratio(threshold)), when(true).max().map(day));
        prop_assert_eq!(measure.last_missed(ratio(threshold)), when(false).max().map(day));
        let since = facts.iter().filter(|(days, _)| *days >= bound).map(|(_, value)| ratio(*value)).max();
        prop_assert_eq!(measure.highest(Some(day(bound))), since);
    }
}

#[test]
fn of_two_facts_of_one_instant_the_greater_id_wins() {
    let (mut lesser, mut greater) = (passing("a", 1, true), passing("a", 1, false));
    (lesser.id, greater.id) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    for facts in [[&lesser, &greater], [&greater, &lesser]] {
        assert!(!known(facts)[&key("a")].passing.as_ref().unwrap().latest.value);
    }
}

#[test]
fn the_first_pass_never_moves_later() {
    let facts = known(&[passing("a", 5, true), passing("a", 3, true), passing("a", 9, true)]);
    assert_eq!(facts[&key("a")].passing.as_ref().unwrap().first_yes, Some(day(3)));
}

#[test]
fn fault_28_a_clock_that_runs_ahead_is_clamped_and_flagged() {
    let skew = chrono::TimeDelta::minutes(5);
    assert_eq!(day(1).clamp_future(day(2), skew), (day(1), false));
    let (clamped, flagged) = day(9).clamp_future(day(2), skew);
    assert_eq!((clamped.get(), flagged), (day(2).get() + skew, true));
}
