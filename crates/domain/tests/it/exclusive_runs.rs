//! Runs that share no work.

use std::collections::HashSet;

use lp_domain::exclusive::{Contender, taken, without};
use lp_domain::{Definition, Fact, LearnerFacts, RunKey, RunPolicy, Verdict, evaluate};
use proptest::prelude::*;
use serde_json::json;

use crate::support::*;

/// What comes of each of these runs, in their order.
fn verdicts(definitions: &[Definition], facts: &[Fact]) -> Vec<Verdict> {
    let (facts, policy, enrolment): (LearnerFacts, RunPolicy, _) =
        (known(facts), RunPolicy::default(), enrolled(0));
    let keys: Vec<RunKey> = (0..definitions.len())
        .map(|n| RunKey::parse(&format!("path-v1:O+P{n}+2026+open")).unwrap())
        .collect();
    let contenders: Vec<Contender<'_>> = definitions
        .iter()
        .zip(&keys)
        .map(|(definition, run)| Contender {
            run,
            definition,
            policy: &policy,
            enrolment: &enrolment,
            facts: &facts,
            as_of: day(1000),
        })
        .collect();
    let of =
        |(definition, taken)| evaluate(definition, &policy, &enrolment, &without(&facts, taken), day(1000));
    definitions.iter().zip(&taken(&contenders)).map(of).collect()
}

fn completed(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(|verdict| verdict.completed_at.is_some()).collect()
}

#[test]
fn i_what_completed_one_run_first_counts_in_no_other() {
    let runs = [plain(&["a", "b"], all_of(&["a", "b"])), plain(&["b", "c"], all_of(&["b", "c"]))];
    let mut facts = vec![passing("b", 1, true), passing("c", 2, true)];
    assert_eq!(completed(&verdicts(&runs, &facts)), [false, true]);
    facts.push(passing("a", 3, true));
    let later = verdicts(&runs, &facts);
    assert_eq!(completed(&later), [false, true], "b is taken");
    assert_eq!(later[0].items[1].satisfied_by, None);
    // Had it been earlier, the other one would have been first.
    facts.push(passing("a", 0, true));
    assert_eq!(completed(&verdicts(&runs, &facts)), [true, false]);
}

#[test]
fn i_of_equal_dates_the_first_key_takes_and_optional_items_take_nothing() {
    let runs =
        [plain(&["a", "b"], all_of(&["a"])), plain(&["a"], all_of(&["a"])), plain(&["b"], all_of(&["b"]))];
    let facts = [passing("a", 1, true), passing("b", 1, true)];
    assert_eq!(completed(&verdicts(&runs, &facts)), [true, false, true]);
}

#[test]
fn i_an_equivalent_may_serve_the_other_run() {
    let either = definition(&[("a", json!({ "equivalents": [key("b")] }))], all_of(&["a"]));
    let facts = [passing("a", 1, true), passing("b", 2, true)];
    let both = verdicts(&[either.clone(), either], &facts);
    let served: Vec<_> = both.iter().map(|verdict| verdict.items[0].satisfied_by.clone().unwrap()).collect();
    assert_eq!(served, [key("a"), key("b")]);
}

proptest! {
    #[test]
    fn no_context_completes_two_runs_and_order_does_not_matter(
        facts in proptest::collection::vec(any_fact(), 0..30),
        runs in proptest::collection::vec(proptest::sample::subsequence(vec!["a", "b", "c"], 1..=3), 2..4),
    ) {
        let runs: Vec<Definition> = runs.iter().map(|names| plain(names, all_of(names))).collect();
        let all = verdicts(&runs, &facts);
        let mut seen = HashSet::new();
        for context in all
            .iter()
            .filter(|verdict| verdict.completed_at.is_some())
            .flat_map(|verdict| verdict.items.iter().filter_map(|item| item.satisfied_by.clone()))
        {
            prop_assert!(seen.insert(context));
        }
        let mut backwards = facts;
        backwards.reverse();
        prop_assert_eq!(verdicts(&runs, &backwards), all);
    }
}
