//! The edge cases of the rules that are decided here, by their letters.

use lp_domain::{Achievement, ExamOutcome, PriorWork, Regression, evaluate};
use serde_json::json;

use crate::support::*;

#[test]
fn a_and_b_a_changed_definition_is_another_definition() {
    let one = plain(&["a"], all_of(&["a"]));
    let two = plain(&["a", "b"], all_of(&["a", "b"]));
    assert_ne!(one.digest(), two.digest());
    let facts = [passing("a", 1, true)];
    assert_eq!(sticky(&one, &facts).achievement, Achievement::Completed);
    assert_eq!(sticky(&two, &facts).achievement, Achievement::InProgress);
}

#[test]
fn e_a_resumed_enrolment_and_a_fresh_attempt_see_the_same_facts_unless_work_must_follow_the_enrolment() {
    let definition = plain(&["a"], all_of(&["a"]));
    let facts = known(&[passing("a", 1, true)]);
    let mut fresh = enrolled(10);
    fresh.attempt = 2;
    let judged = |prior_work| evaluate(&definition, &prior(prior_work), &fresh, &facts, day(20)).completed_at;
    assert_eq!(judged(PriorWork::AnyTime), Some(day(1)));
    assert_eq!(judged(PriorWork::AfterEnrolment), None);
}

#[test]
fn f_an_enrolment_makes_an_item_in_progress_and_its_end_unmakes_that_alone() {
    let definition = plain(&["a"], all_of(&["a"]));
    let mut facts = vec![enrolment("a", 1, true, "audit")];
    assert_eq!(sticky(&definition, &facts).achievement, Achievement::InProgress);
    facts.push(enrolment("a", 2, false, "audit"));
    assert_eq!(sticky(&definition, &facts).achievement, Achievement::NotStarted);
    facts.push(completion("a", 1, 0.3));
    assert_eq!(sticky(&definition, &facts).achievement, Achievement::InProgress);
}

#[test]
fn i_one_fact_counts_in_every_definition_that_names_its_context() {
    let facts = [passing("b", 1, true)];
    for definition in [plain(&["a", "b"], at_least(1, &["a", "b"])), plain(&["b"], all_of(&["b"]))] {
        assert_eq!(sticky(&definition, &facts).completed_at, Some(day(1)));
    }
}

#[test]
fn k_the_verdict_names_which_equivalent_served() {
    let definition = definition(&[("a", json!({ "equivalents": [key("x"), key("y")] }))], all_of(&["a"]));
    let verdict = sticky(&definition, &[passing("x", 5, true), passing("y", 3, true), grade("y", 3, 0.8)]);
    assert_eq!(verdict.items[0].satisfied_by, Some(key("y")));
    assert_eq!((verdict.completed_at, verdict.grade), (Some(day(3)), Some(ratio(0.8))));
}

#[test]
fn m_an_override_counts_from_its_own_date_until_it_ends_and_no_prior_work_policy_touches_it() {
    let definition = plain(&["a"], all_of(&["a"]));
    let facts = known(&[vouched("a", -5, true, Some(50))]);
    let judged = |policy, as_of| evaluate(&definition, &prior(policy), &enrolled(0), &facts, day(as_of));
    assert_eq!(judged(PriorWork::AfterEnrolment, 10).completed_at, Some(day(-5)));
    assert_eq!(judged(PriorWork::AnyTime, 49).completed_at, Some(day(-5)));
    assert_eq!(judged(PriorWork::AnyTime, 50).completed_at, None);
}

#[test]
fn n_a_real_completion_keeps_what_a_withdrawn_override_gave() {
    let definition = plain(&["a"], all_of(&["a"]));
    let mut facts = vec![vouched("a", 1, true, None), passing("a", 3, true)];
    assert_eq!(sticky(&definition, &facts).completed_at, Some(day(1)));
    facts.push(vouched("a", 5, false, None));
    let verdict = sticky(&definition, &facts);
    assert_eq!((verdict.completed_at, verdict.withdrawn), (Some(day(3)), false));
}

#[test]
fn n_an_override_taken_back_is_said_only_when_it_is_what_is_missing() {
    let definition = plain(&["a", "b", "c"], all_of(&["a", "b"]));
    let mut facts = vec![
        vouched("a", 1, true, None),
        vouched("c", 1, true, None),
        passing("b", 2, true),
        vouched("c", 3, false, None),
    ];
    facts.push(passing("b", 4, false));
    let verdict = judge(&definition, &with(Regression::Revocable), &facts);
    assert_eq!((verdict.completed_at, verdict.withdrawn), (None, false));
    facts.extend([passing("b", 5, true), vouched("a", 6, false, None)]);
    let verdict = judge(&definition, &with(Regression::Revocable), &facts);
    assert_eq!((verdict.completed_at, verdict.withdrawn), (None, true));
}

#[test]
fn r_three_numbers_are_never_mixed() {
    let definition = plain(&["a", "b", "extra"], all_of(&["a", "b"]));
    let facts = [grade("a", 1, 0.9), passing("a", 1, true), completion("b", 2, 0.5), grade("extra", 2, 0.1)];
    let verdict = sticky(&definition, &facts);
    assert_eq!(verdict.achievement, Achievement::InProgress);
    assert_eq!(verdict.progress, ratio(0.75));
    assert_eq!(
        verdict.grade,
        Some(ratio(0.9)),
        "an unknown grade is not zero, an optional item is not counted"
    );
    assert_eq!(sticky(&definition, &[]).grade, None);
    assert_eq!(sticky(&definition, &[grade("a", 1, 0.0)]).grade, Some(ratio(0.0)));
}

#[test]
fn r_weights_share_out_progress_and_grade() {
    let definition = definition(&[("a", json!({ "weight": 3 })), ("b", json!({}))], all_of(&["a", "b"]));
    let facts = [passing("a", 1, true), grade("a", 1, 0.8), grade("b", 1, 0.4)];
    let verdict = sticky(&definition, &facts);
    assert_eq!(verdict.progress, ratio(0.75));
    assert!((verdict.grade.unwrap().get() - 0.7).abs() < 1e-12);
}

#[test]
fn u_what_cannot_be_judged_is_never_completed() {
    for node in [at_least(3, &["a", "b"]), at_least(0, &["a", "b"]), all_of(&["a", "nobody"])] {
        let definition = plain(&["a", "b"], node);
        assert!(definition.check().is_err());
        let verdict = sticky(&definition, &[passing("a", 1, true), passing("b", 1, true)]);
        assert_ne!(verdict.achievement, Achievement::Completed);
    }
}

#[test]
fn v_an_upgrade_completes_what_the_mode_kept_open_and_dates_it() {
    let definition = definition(&[("a", json!({ "mode": "verified" }))], all_of(&["a"]));
    let mut facts = vec![enrolment("a", 0, true, "audit"), passing("a", 2, true)];
    assert_eq!(sticky(&definition, &facts).achievement, Achievement::InProgress);
    facts.push(enrolment("a", 5, true, "verified"));
    assert_eq!(sticky(&definition, &facts).completed_at, Some(day(5)));
    facts.push(enrolment("a", 9, true, "audit"));
    assert_eq!(sticky(&definition, &facts).completed_at, Some(day(5)));
    assert_eq!(judge(&definition, &with(Regression::Revocable), &facts).completed_at, None);
    facts.push(certificate("a", 7, "downloadable", "verified"));
    assert_eq!(judge(&definition, &with(Regression::Revocable), &facts).completed_at, Some(day(5)));
}

#[test]
fn in_order_locks_what_is_not_due_and_withholds_no_credit() {
    let definition =
        plain(&["a", "b", "c"], json!({ "in_order": [{ "item": "a" }, { "item": "b" }, { "item": "c" }] }));
    let verdict = sticky(&definition, &[passing("c", 1, true)]);
    let locked = |id: &str| item(&verdict, id).locked;
    assert_eq!([locked("a"), locked("b"), locked("c")], [false, true, false]);
    assert_eq!(item(&verdict, "c").completed_at, Some(day(1)));
    let verdict = sticky(&definition, &[passing("c", 1, true), passing("b", 2, true), passing("a", 3, true)]);
    assert_eq!(verdict.completed_at, Some(day(3)));
}

#[test]
fn points_are_reached_on_the_first_date_on_which_they_suffice() {
    let items = [("a", json!({ "points": 1 })), ("b", json!({ "points": 3 })), ("c", json!({ "points": 5 }))];
    let of = [json!({ "item": "a" }), json!({ "item": "b" }), json!({ "item": "c" })];
    let definition = definition(&items, json!({ "at_least_points": { "points": 4, "of": of } }));
    let facts = [passing("c", 9, true), passing("b", 4, true), passing("a", 6, true)];
    assert_eq!(sticky(&definition, &facts).completed_at, Some(day(6)));
    assert_eq!(sticky(&definition, &facts[1..2]).progress, ratio(0.75));
}

#[test]
fn the_best_children_make_the_progress_of_at_least_k() {
    let definition = plain(&["a", "b", "c"], at_least(2, &["a", "b", "c"]));
    let facts = [completion("a", 1, 0.2), completion("b", 1, 0.6), passing("c", 1, true)];
    assert_eq!(sticky(&definition, &facts).progress, ratio(0.8));
}

#[test]
fn an_exam_counts_when_it_is_verified_and_again_after_a_reset() {
    let definition = plain(&["a"], all_of(&["a"]));
    let revocable = with(Regression::Revocable);
    let mut facts = vec![exam("a", 1, ExamOutcome::Submitted)];
    assert_eq!(sticky(&definition, &facts).achievement, Achievement::InProgress);
    facts.push(exam("a", 2, ExamOutcome::Verified));
    assert_eq!(judge(&definition, &revocable, &facts).completed_at, Some(day(2)));
    facts.push(exam("a", 3, ExamOutcome::Reset));
    assert_eq!(judge(&definition, &revocable, &facts).completed_at, None);
    assert_eq!(sticky(&definition, &facts).completed_at, Some(day(2)));
    facts.push(exam("a", 4, ExamOutcome::Verified));
    assert_eq!(judge(&definition, &revocable, &facts).completed_at, Some(day(4)));
}

#[test]
fn criteria_combine_within_one_context() {
    let both = json!({ "criterion": { "all_of": ["passed", { "grade": 0.8 }] } });
    let either = json!({ "criterion": { "any_of": ["certificate", { "completion": 0.9 }] } });
    let definition = definition(&[("a", both), ("b", either)], all_of(&["a", "b"]));
    let facts = [passing("a", 1, true), grade("a", 2, 0.7), grade("a", 4, 0.8), completion("b", 3, 0.95)];
    let verdict = sticky(&definition, &facts);
    assert_eq!(item(&verdict, "a").completed_at, Some(day(4)));
    assert_eq!(item(&verdict, "b").completed_at, Some(day(3)));
    assert_eq!(sticky(&definition, &facts[..2]).items[0].progress, ratio(f64::midpoint(1.0, 0.7 / 0.8)));
}
