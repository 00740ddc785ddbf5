//! What to take next, and by which facts items and nodes count.

use std::collections::HashSet;

use lp_domain::{
    Completion, CompletionState, ContextKey, Definition, Fact, FactValue, Node, Regression, Statement, Term,
    Validity, Verdict, counted, counting_items, missing, next_item,
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::support::*;

fn next(definition: &Definition, facts: &[Fact], gone: &[&str]) -> Option<String> {
    let gone: Vec<ContextKey> = gone.iter().map(|name| key(name)).collect();
    let next = next_item(definition, &sticky(definition, facts), |context| gone.contains(context));
    next.map(|item| item.id.to_string())
}

/// Open items that count for something, whose turn has come and that are not gone: by their pointers.
fn takeable<'a>(definition: &'a Definition, verdict: &Verdict, gone: &HashSet<ContextKey>) -> Vec<&'a str> {
    let nodes = definition.nodes();
    let done: Vec<String> = nodes
        .iter()
        .zip(&verdict.nodes)
        .filter(|(_, judged)| judged.completed_at.is_some())
        .map(|((pointer, _), _)| format!("{pointer}/"))
        .collect();
    let leaves = nodes.iter().filter_map(|(pointer, node)| match node {
        Node::Item(id) if !done.iter().any(|done| format!("{pointer}/").starts_with(done)) => Some(id),
        _ => None,
    });
    let at = |id: &lp_domain::ItemId| definition.items.iter().position(|item| item.id == *id).unwrap();
    leaves
        .filter(|id| !verdict.items[at(id)].locked)
        .filter(|id| !definition.items[at(id)].contexts().all(|context| gone.contains(context)))
        .map(|id| &*id.0)
        .collect()
}

/// Whether a fact says what is said to count.
fn says(fact: &Fact, statement: &Statement) -> bool {
    match (&fact.value, statement) {
        (FactValue::Passing { passing }, Statement::Passing) => *passing,
        (FactValue::Exam { outcome }, Statement::Exam) => *outcome == lp_domain::ExamOutcome::Verified,
        (FactValue::Certificate { status, .. }, Statement::Certificate) => status != "unavailable",
        (FactValue::Grade { grade }, Statement::Grade { grade: said }) => grade == said,
        (FactValue::Completion { completion }, Statement::Completion { completion: said }) => {
            completion == said
        }
        (FactValue::Override { granted, expires_at }, Statement::Override { expires_at: said }) => {
            *granted && expires_at == said
        }
        (
            FactValue::Certificate { mode, .. } | FactValue::Enrolment { mode, .. },
            Statement::Mode { mode: said },
        ) => mode == said,
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_next_item_exists_exactly_when_the_run_is_not_completed_and_something_can_be_taken(
        definition in any_definition(),
        facts in proptest::collection::vec(any_fact(), 0..12),
        gone in proptest::collection::hash_set(0..NAMES.len(), 0..4),
    ) {
        let gone: HashSet<ContextKey> = gone.into_iter().map(|at| key(NAMES[at])).collect();
        let verdict = sticky(&definition, &facts);
        let takeable = takeable(&definition, &verdict, &gone);
        let next = next_item(&definition, &verdict, |context| gone.contains(context));
        prop_assert_eq!(next.is_some(), verdict.completed_at.is_none() && !takeable.is_empty());
        if let Some(next) = next {
            prop_assert!(takeable.contains(&&*next.id.0), "{next:?} is not among {takeable:?}");
        }
    }

    #[test]
    fn it_is_the_first_shown_of_the_cheapest_way_whose_turn_has_come(
        definition in any_definition(),
        facts in proptest::collection::vec(any_fact(), 0..12),
    ) {
        let verdict = sticky(&definition, &facts);
        let ways = missing(&definition, &verdict);
        let turn = definition.items.iter().zip(&verdict.items).find(|(item, judged)| {
            ways.first().is_some_and(|way| way.contains(&item.id)) && !judged.locked
        });
        let next = next_item(&definition, &verdict, |_| false);
        prop_assert_eq!(next.map(|item| &item.id), turn.map(|(item, _)| &item.id));
    }

    #[test]
    fn whoever_takes_what_is_next_completes_the_run(definition in any_definition()) {
        let mut facts = Vec::new();
        while let Some(next) = next_item(&definition, &sticky(&definition, &facts), |_| false) {
            prop_assert!(facts.len() < definition.items.len(), "{next:?} was taken already");
            let value = FactValue::Override { granted: true, expires_at: None };
            facts.push(Fact { context: next.key.clone(), ..fact("a", 1, value) });
        }
        prop_assert!(sticky(&definition, &facts).completed_at.is_some());
    }

    #[test]
    fn a_completed_item_counts_by_facts_that_were_told_and_the_last_of_them_dates_it(
        definition in any_definition(),
        policy in any_policy(),
        facts in proptest::collection::vec(any_fact_at_all(), 0..16),
    ) {
        let (verdict, known) = (judge(&definition, &policy, &facts), known(&facts));
        for (item, judged) in definition.items.iter().zip(&verdict.items) {
            for context in item.contexts() {
                let of = known.get(context).cloned().unwrap_or_default();
                let counted = counted(item, &of, &policy, &enrolled(0), day(1000));
                if judged.satisfied_by.as_ref() == Some(context) {
                    prop_assert_eq!(counted.last().map(|fact| fact.at), judged.completed_at);
                }
                prop_assert!(judged.completed_at.is_some() || counted.is_empty());
                for one in &counted {
                    let told = |fact: &&Fact| fact.context == *context && fact.at == one.at;
                    prop_assert!(facts.iter().filter(told).any(|fact| says(fact, &one.statement)), "{one:?}");
                }
            }
        }
    }

    #[test]
    fn what_counts_below_a_completed_node_suffices_for_it_and_is_no_later(
        definition in any_definition(),
        facts in proptest::collection::vec(any_fact(), 0..16),
    ) {
        let verdict = sticky(&definition, &facts);
        let counting = counting_items(&definition, &verdict);
        prop_assert_eq!(counting.len(), verdict.nodes.len());
        for (((_, node), judged), items) in definition.nodes().iter().zip(&verdict.nodes).zip(&counting) {
            let date = |id: &str| item(&verdict, id).completed_at;
            prop_assert!(items.iter().all(|id| date(&id.0).is_some()));
            if let Some(done) = judged.completed_at {
                prop_assert!(holds(&definition, node, &|id| items.iter().any(|counts| &*counts.0 == id)));
                prop_assert_eq!(items.iter().filter_map(|id| date(&id.0)).max(), Some(done));
            }
        }
    }
}

#[test]
fn what_is_nearly_done_comes_before_what_is_shown_first() {
    let definition = plain(&["a", "b"], at_least(1, &["a", "b"]));
    assert_eq!(next(&definition, &[], &[]).unwrap(), "a");
    assert_eq!(next(&definition, &[completion("b", 1, 0.5)], &[]).unwrap(), "b");
    assert_eq!(next(&definition, &[completion("b", 1, 0.5)], &["b"]).unwrap(), "a");
}

#[test]
fn what_is_locked_waits_for_its_turn_also_where_it_is_shown_first() {
    let definition = plain(&["a", "b"], json!({ "in_order": [{ "item": "b" }, { "item": "a" }] }));
    assert_eq!(next(&definition, &[], &[]).unwrap(), "b");
    assert_eq!(next(&definition, &[passing("b", 1, true)], &[]).unwrap(), "a");
    assert_eq!(next(&definition, &[], &["b"]), None, "nothing can be taken before what is gone");
}

#[test]
fn where_no_way_is_left_what_can_be_taken_is_next_but_nothing_needless() {
    let of = json!({ "all_of": [at_least(1, &["a", "b"]), { "item": "c" }, { "item": "d" }] });
    let definition = plain(&["a", "b", "c", "d", "extra"], of);
    let facts = [passing("a", 1, true)];
    assert_eq!(next(&definition, &facts, &["c"]).unwrap(), "d");
    assert_eq!(next(&definition, &facts, &["c", "d"]), None, "`b` and `extra` are needless");
}

#[test]
fn an_item_is_gone_when_all_its_contexts_are() {
    let definition = definition(&[("a", json!({ "equivalents": [key("e")] }))], all_of(&["a"]));
    assert_eq!(next(&definition, &[], &["a"]).unwrap(), "a");
    assert_eq!(next(&definition, &[], &["a", "e"]), None);
}

#[test]
fn what_was_done_after_a_node_was_completed_does_not_count_for_it() {
    let definition = plain(&["a", "b", "c"], at_least(1, &["a", "b", "c"]));
    let verdict = sticky(&definition, &[passing("c", 1, true), passing("a", 2, true)]);
    let counting = counting_items(&definition, &verdict);
    let root: Vec<&str> = counting[0].iter().map(|id| &*id.0).collect();
    assert_eq!(root, ["c"]);
}

#[test]
fn staffs_word_counts_as_such_and_not_where_work_came_first() {
    let definition = plain(&["a"], all_of(&["a"]));
    let by = |facts: &[Fact]| {
        let (known, policy) = (known(facts), with(Regression::Sticky));
        let facts = counted(&definition.items[0], &known[&key("a")], &policy, &enrolled(0), day(9));
        facts.into_iter().map(|one| (one.statement, one.at)).collect::<Vec<_>>()
    };
    let vouched = vouched("a", 2, true, None);
    assert_eq!(by(std::slice::from_ref(&vouched)), [(Statement::Override { expires_at: None }, day(2))]);
    assert_eq!(by(&[vouched, passing("a", 1, true)]), [(Statement::Passing, day(1))]);
}

#[test]
fn a_completion_is_seen_as_it_stood_at_an_earlier_moment() {
    let of = |state| Completion {
        completion_id: Uuid::nil(),
        period: 1,
        sequence: 1,
        completed_at: day(10),
        state,
        term: Term::first(&Validity::default(), day(10)),
    };
    let at = |state, days: i64| {
        of(state).as_of(day(days), Regression::Grace { days: 7 }).map(|completion| completion.state)
    };
    let valid = CompletionState::Valid;
    let grace = CompletionState::Grace { until: day(27) };
    for state in [
        valid,
        grace,
        CompletionState::Revoked { at: day(20) },
        CompletionState::UnderReview { since: day(20) },
    ] {
        assert_eq!([at(state, 9), at(state, 10), at(state, 19)], [None, Some(valid), Some(valid)]);
        assert_eq!(at(state, 20), Some(state));
    }
    assert_eq!(
        of(grace).as_of(day(12), Regression::Sticky).unwrap().state,
        grace,
        "its beginning is not known"
    );
}
