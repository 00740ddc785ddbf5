//! The life of a completion.

use lp_domain::completion::{completion_id, next};
use lp_domain::{Completion, CompletionState, Emission, Fact, Regression};
use proptest::prelude::*;

use crate::support::*;

fn step(
    told: Option<&Completion>,
    facts: &[Fact],
    regression: Regression,
    now: i64,
) -> (Option<Completion>, Option<Emission>) {
    let definition = plain(&["a"], all_of(&["a"]));
    let verdict = judge(&definition, &with(regression), facts);
    next(&run(), learner(), 1, told, &verdict, &with(regression), day(now))
}

fn state(completion: Option<&Completion>) -> CompletionState {
    completion.unwrap().state
}

#[test]
fn nothing_is_told_before_completion() {
    assert_eq!(step(None, &[], Regression::Sticky, 1), (None, None));
}

#[test]
fn sticky_keeps_a_completion_whatever_the_verdict() {
    // The verdict of a later revision that asks for more, under a run that follows.
    let (told, _) = step(None, &[passing("a", 1, true)], Regression::Sticky, 2);
    assert_eq!(step(told.as_ref(), &[], Regression::Sticky, 3), (told, None));
}

#[test]
fn an_override_taken_back_revokes_under_every_policy() {
    for regression in
        [Regression::Sticky, Regression::Revocable, Regression::Grace { days: 9 }, Regression::Review]
    {
        let mut facts = vec![vouched("a", 1, true, None)];
        let (told, _) = step(None, &facts, regression, 1);
        facts.push(vouched("a", 2, false, None));
        let (told, emission) = step(told.as_ref(), &facts, regression, 3);
        assert_eq!(emission, Some(Emission::Revoked));
        assert_eq!(state(told.as_ref()), CompletionState::Revoked { at: day(3) });
        facts.push(passing("a", 4, true));
        let (told, emission) = step(told.as_ref(), &facts, regression, 5);
        assert_eq!((told.unwrap().sequence, emission), (2, Some(Emission::Completed)));
    }
}

#[test]
fn g_grace_revokes_when_it_ends_and_not_before() {
    let regression = Regression::Grace { days: 3 };
    let mut facts = vec![passing("a", 1, true)];
    let (told, _) = step(None, &facts, regression, 1);
    facts.push(passing("a", 2, false));
    let (told, emission) = step(told.as_ref(), &facts, regression, 2);
    assert_eq!((state(told.as_ref()), emission), (CompletionState::Grace { until: day(5) }, None));
    let (told, emission) = step(told.as_ref(), &facts, regression, 4);
    assert_eq!((state(told.as_ref()), emission), (CompletionState::Grace { until: day(5) }, None));
    let (told, emission) = step(told.as_ref(), &facts, regression, 5);
    assert_eq!(state(told.as_ref()), CompletionState::Revoked { at: day(5) });
    assert_eq!(emission, Some(Emission::Revoked));
    assert_eq!(step(told.as_ref(), &facts, regression, 6), (told, None));
}

#[test]
fn g_what_is_regained_within_grace_or_under_review_is_not_told() {
    for regression in [Regression::Grace { days: 3 }, Regression::Review] {
        let mut facts = vec![passing("a", 1, true)];
        let (first, _) = step(None, &facts, regression, 1);
        facts.push(passing("a", 2, false));
        let (told, emission) = step(first.as_ref(), &facts, regression, 2);
        assert_eq!(emission, None);
        assert_ne!(told, first);
        facts.push(passing("a", 3, true));
        assert_eq!(step(told.as_ref(), &facts, regression, 3), (first, None));
    }
}

#[test]
fn g_review_waits_for_people() {
    let facts = [passing("a", 1, true), passing("a", 2, false)];
    let (told, _) = step(None, &facts[..1], Regression::Review, 1);
    let (told, emission) = step(told.as_ref(), &facts, Regression::Review, 2);
    assert_eq!((state(told.as_ref()), emission), (CompletionState::UnderReview { since: day(2) }, None));
    assert_eq!(step(told.as_ref(), &facts, Regression::Review, 500), (told, None));
}

#[test]
fn z_ids_differ_by_run_learner_attempt_and_sequence_and_never_change() {
    let other_run = lp_domain::RunKey::parse("path-v1:O+P+2026+closed").unwrap();
    let other = lp_domain::LearnerId::try_from(8).unwrap();
    let ids = [
        completion_id(&run(), learner(), 1, (1, 1)),
        completion_id(&run(), learner(), 1, (1, 2)),
        completion_id(&run(), learner(), 1, (2, 1)),
        completion_id(&run(), learner(), 2, (1, 1)),
        completion_id(&run(), other, 1, (1, 1)),
        completion_id(&other_run, learner(), 1, (1, 1)),
    ];
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id));
    }
    insta::assert_snapshot!(ids[0], @"398b09c7-e33e-50c3-9e8e-0bad2ee49ab1");
}

proptest! {
    #[test]
    fn what_is_told_alternates_and_a_repeated_step_tells_nothing(
        states in proptest::collection::vec((any::<bool>(), 0_i64..5), 1..30),
        regression in any_policy().prop_map(|policy| policy.regression),
    ) {
        let (mut told, mut last, mut now, mut facts) = (None::<Completion>, None, 0, Vec::new());
        for (pass, days) in states {
            now += days;
            facts.push(passing("a", now, pass));
            let (completion, emission) = step(told.as_ref(), &facts, regression, now);
            if let Some(emission) = emission {
                prop_assert_ne!(Some(emission), last);
                last = Some(emission);
            }
            prop_assert_eq!(last.is_some(), completion.is_some());
            prop_assert_eq!(step(completion.as_ref(), &facts, regression, now), (completion.clone(), None));
            told = completion;
        }
    }
}
