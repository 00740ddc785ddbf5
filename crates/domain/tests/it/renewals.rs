//! Awards that expire and are renewed.

use lp_domain::completion::next;
use lp_domain::renewal::{in_window, renewal};
use lp_domain::{AwardState, Completion, CompletionState, Definition, Fact, RunPolicy, Timestamp, Verdict};
use serde_json::{Value, json};

use crate::dates::at;
use crate::support::*;

fn policy(lasts: &Value) -> RunPolicy {
    serde_json::from_value(json!({ "regression": "revocable", "validity": { "lasts": lasts } })).unwrap()
}

fn yearly(renewed: &str) -> RunPolicy {
    policy(&json!({ "for": { "period": { "days": 365 }, "renewed": renewed } }))
}

fn both() -> Definition {
    plain(&["a", "b"], all_of(&["a", "b"]))
}

fn first(policy: &RunPolicy, facts: &[Fact]) -> Completion {
    let verdict = judge(&both(), policy, facts);
    next(&run(), learner(), 1, None, &verdict, policy, day(9)).0.unwrap()
}

fn renewed(
    policy: &RunPolicy,
    told: &Completion,
    facts: &[Fact],
    now: Timestamp,
) -> Option<(Completion, Verdict)> {
    renewal((&run(), learner()), &both(), policy, &enrolled(0), told, facts, now)
}

fn passed_twice(days: [i64; 4]) -> Vec<Fact> {
    let [a, b, again_a, again_b] = days;
    vec![
        passing("a", a, true),
        passing("b", b, true),
        passing("a", again_a, true),
        passing("b", again_b, true),
    ]
}

#[test]
fn l_work_inside_the_window_alone_renews_an_award() {
    let policy = yearly("from_completion");
    let facts = passed_twice([1, 2, 100, 200]);
    let told = first(&policy, &facts[..2]);
    assert_eq!(told.term.expires_at, Some(at("2027-01-04T00:00:00Z")));
    assert_eq!(renewed(&policy, &told, &facts[..2], day(300)), None, "old work renews nothing");
    assert_eq!(renewed(&policy, &told, &facts[..3], day(300)), None, "nor does half of it");
    let (next, verdict) = renewed(&policy, &told, &facts, day(300)).unwrap();
    assert_eq!((next.period, next.sequence, next.completed_at), (2, 1, day(200)));
    assert_eq!(verdict.completed_at, Some(day(200)));
    assert_eq!(next.term.valid_from, day(200));
    assert_eq!(next.term.expires_at, Some(at("2027-07-21T00:00:00Z")), "a period after the new completion");
    assert_eq!(next.term.renewal.unwrap().of, told.completion_id);
    assert_ne!(next.completion_id, told.completion_id);
    assert_eq!(renewed(&policy, &next, &facts, day(300)), None, "one renewal, once");
}

#[test]
fn l_a_window_that_was_missed_is_followed_by_the_next_and_work_across_both_counts_in_neither() {
    let policy = yearly("from_completion");
    let mut facts = passed_twice([1, 2, 100, 500]);
    let told = first(&policy, &facts[..2]);
    assert_eq!(renewed(&policy, &told, &facts, day(600)), None);
    facts.push(passing("a", 510, true));
    let (next, _) = renewed(&policy, &told, &facts, day(600)).unwrap();
    assert_eq!((next.period, next.completed_at), (2, day(510)));
}

#[test]
fn l_renewed_from_expiry_periods_stay_counted_from_the_first_completion() {
    let policy = yearly("from_expiry");
    let facts = passed_twice([1, 2, 100, 400]);
    let told = first(&policy, &facts[..2]);
    assert_eq!(renewed(&policy, &told, &facts, day(500)), None, "what was done before expiry is too early");
    let facts = [facts, vec![passing("a", 700, true)], passed_twice([800, 801, 1200, 1201])].concat();
    let (second, _) = renewed(&policy, &told, &facts, day(2000)).unwrap();
    assert_eq!((second.completed_at, second.term.expires_at), (day(700), Some(at("2028-01-04T00:00:00Z"))));
    let (third, _) = renewed(&policy, &second, &facts, day(2000)).unwrap();
    assert_eq!((third.period, third.completed_at), (3, day(801)));
    assert_eq!(third.term.expires_at, Some(at("2029-01-03T00:00:00Z")));
    assert_eq!(third.term.counted_from, told.completed_at);
    let (fourth, _) = renewed(&policy, &third, &facts, day(2000)).unwrap();
    assert_eq!((fourth.period, fourth.completed_at), (4, day(1201)));
}

#[test]
fn l_a_renewal_is_held_by_its_own_window_and_earned_again_in_it() {
    let policy = yearly("from_completion");
    let mut facts = passed_twice([1, 2, 100, 200]);
    let told = first(&policy, &facts[..2]);
    let (second, _) = renewed(&policy, &told, &facts, day(210)).unwrap();
    let window = second.term.renewal.unwrap().window;
    let mut step = |told: &Completion, fact: Fact, now| {
        facts.push(fact);
        let verdict = in_window(&both(), &policy, &enrolled(0), &facts, window, day(now));
        next(&run(), learner(), 1, Some(told), &verdict, &policy, day(now)).0.unwrap()
    };
    let revoked = step(&second, passing("b", 220, false), 220);
    assert_eq!(revoked.state, CompletionState::Revoked { at: day(220) });
    let again = step(&revoked, passing("b", 230, true), 230);
    assert_eq!((again.period, again.sequence, again.completed_at), (2, 2, day(230)));
    assert_eq!(again.term.renewal, second.term.renewal);
}

#[test]
fn l_an_override_vouches_for_the_period_that_it_is_dated_in() {
    let policy = yearly("from_completion");
    let mut facts = vec![vouched("a", 1, true, None), passing("b", 2, true), passing("b", 100, true)];
    let told = first(&policy, &facts[..2]);
    assert_eq!(renewed(&policy, &told, &facts, day(200)), None);
    facts.push(vouched("a", 150, true, None));
    assert_eq!(renewed(&policy, &told, &facts, day(200)).unwrap().0.completed_at, day(150));
}

#[test]
fn l_what_never_expires_is_not_renewed_whatever_the_run_says_by_now() {
    let facts = passed_twice([1, 2, 100, 200]);
    let told = first(&RunPolicy::default(), &facts[..2]);
    assert_eq!(renewed(&yearly("from_completion"), &told, &facts, day(300)), None);
}

#[test]
fn an_award_stands_by_its_term_and_by_what_was_taken_back() {
    let policy: RunPolicy = serde_json::from_value(json!({
        "validity": { "available_from": "2026-02-01", "lasts": { "until": "2026-06-30" } }
    }))
    .unwrap();
    let told = first(&policy, &[passing("a", 1, true), passing("b", 2, true)]);
    let moments = [told.next_award_moment(day(3)), told.next_award_moment(day(60))];
    assert_eq!(moments, [Some(at("2026-02-01T00:00:00Z")), Some(at("2026-07-01T00:00:00Z"))]);
    assert_eq!(told.next_award_moment(day(300)), None);
    let states = [3, 60, 300].map(|now| told.award(day(now)));
    assert_eq!(states, [AwardState::NotYetValid, AwardState::Valid, AwardState::Expired]);
    let of = |state| Completion { state, ..told.clone() };
    let grace = of(CompletionState::Grace { until: day(400) });
    assert_eq!([60, 300].map(|now| grace.award(day(now))), [AwardState::Grace, AwardState::Expired]);
    let revoked = of(CompletionState::Revoked { at: day(5) });
    assert_eq!(revoked.award(day(300)), AwardState::Revoked);
    assert_eq!(revoked.next_award_moment(day(3)), None);
    for state in [AwardState::NotYetValid, AwardState::UnderReview] {
        assert_eq!(AwardState::from_word(state.word()), Some(state));
    }
}
