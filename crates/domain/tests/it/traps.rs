//! Traps seen in systems that do this today: each test is named after its trap.

use lp_domain::completion::{completion_id, next};
use lp_domain::{Achievement, Definition, Emission, Fact, ProblemKind, Regression, RunPolicy};
use serde_json::json;

use crate::support::*;

fn two() -> Definition {
    plain(&["a", "b"], all_of(&["a", "b"]))
}

#[test]
fn an_empty_all_of_counts_as_satisfied() {
    for empty in
        [json!({ "all_of": [] }), json!({ "in_order": [] }), json!({ "at_least": { "k": 0, "of": [] } })]
    {
        let definition = plain(&["a"], empty);
        assert!(
            definition.check().unwrap_err().iter().any(|problem| problem.kind == ProblemKind::EmptyGroup)
        );
        let verdict = sticky(&definition, &[passing("a", 1, true)]);
        assert_eq!((verdict.achievement, verdict.completed_at), (Achievement::NotStarted, None));
    }
}

#[test]
fn a_group_of_201_or_more_rounds_to_complete_with_one_missing() {
    for size in [201_usize, 500, 2_000] {
        let ids: Vec<String> = (0..size).map(|at| format!("i{at}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let facts: Vec<Fact> = ids.iter().map(|id| passing(id, 1, true)).collect();
        for requirement in [all_of(&ids), at_least(u32::try_from(size).unwrap(), &ids)] {
            let definition = plain(&ids, requirement);
            let verdict = sticky(&definition, &facts[1..]);
            assert_eq!(verdict.achievement, Achievement::InProgress);
            assert!((verdict.progress.get() * 100.0).round() < 100.0);
            assert_eq!(sticky(&definition, &facts).progress.get().to_string(), "1");
        }
    }
}

#[test]
fn a_program_certificate_is_revoked_because_one_runs_certificate_was_though_another_run_still_satisfies_the_course()
 {
    let item = json!({ "criterion": "certificate", "equivalents": [key("b")] });
    let definition = definition(&[("a", item)], all_of(&["a"]));
    let mut facts = vec![
        certificate("a", 1, "downloadable", "verified"),
        certificate("b", 2, "downloadable", "verified"),
        certificate("a", 3, "unavailable", "verified"),
    ];
    let verdict = judge(&definition, &with(Regression::Revocable), &facts);
    assert_eq!(item_of(&verdict), (Some(day(2)), Some(key("b"))));
    facts.push(certificate("b", 4, "notpassing", "verified"));
    let verdict = judge(&definition, &with(Regression::Revocable), &facts);
    assert_eq!(item_of(&verdict), (None, None));
}

fn item_of(verdict: &lp_domain::Verdict) -> (Option<lp_domain::Timestamp>, Option<lp_domain::ContextKey>) {
    (verdict.items[0].completed_at, verdict.items[0].satisfied_by.clone())
}

#[test]
fn an_award_once_revoked_is_never_issued_again() {
    let regression = Regression::Revocable;
    let mut facts = vec![passing("a", 1, true), passing("b", 2, true)];
    let step = |told: Option<&lp_domain::Completion>, facts: &[Fact]| {
        next(
            &run(),
            learner(),
            1,
            told,
            &judge(&two(), &with(regression), facts),
            &with(regression),
            day(100),
        )
    };
    let (first, told) = step(None, &facts);
    assert_eq!(told, Some(Emission::Completed));
    facts.push(passing("b", 3, false));
    let (revoked, told) = step(first.as_ref(), &facts);
    assert_eq!(told, Some(Emission::Revoked));
    facts.push(passing("b", 4, true));
    let (again, told) = step(revoked.as_ref(), &facts);
    assert_eq!(told, Some(Emission::Completed));
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!((again.sequence, again.completed_at), (2, day(4)));
    assert_ne!(first.completion_id, again.completion_id);
}

#[test]
fn the_same_award_event_is_published_twice_by_two_services() {
    let verdict = sticky(&two(), &[passing("a", 1, true), passing("b", 2, true)]);
    let tell = |now| next(&run(), learner(), 1, None, &verdict, &with(Regression::Sticky), now).0.unwrap();
    let (one, other) = (tell(day(3)), tell(day(9)));
    assert_eq!(one, other);
    assert_eq!(one.completion_id, completion_id(&run(), learner(), 1, (1, 1)));
    assert_eq!(one.completion_id.get_version_num(), 5);
    let event = Emission::Completed.event_id(one.completion_id);
    assert_eq!(event, Emission::Completed.event_id(other.completion_id));
    assert_ne!(event, Emission::Revoked.event_id(one.completion_id));
}

#[test]
fn a_success_notice_is_sent_again_though_nothing_changed() {
    let mut facts = vec![passing("a", 1, true), passing("b", 2, true)];
    for regression in
        [Regression::Sticky, Regression::Revocable, Regression::Grace { days: 3 }, Regression::Review]
    {
        let judged = |facts: &[Fact]| judge(&two(), &with(regression), facts);
        let (told, emission) = next(&run(), learner(), 1, None, &judged(&facts), &with(regression), day(3));
        assert_eq!(emission, Some(Emission::Completed));
        for repeat in 4..8 {
            facts.push(passing("b", repeat, true));
            let again =
                next(&run(), learner(), 1, told.as_ref(), &judged(&facts), &with(regression), day(repeat));
            assert_eq!(again, (told.clone(), None));
        }
    }
}

#[test]
fn completion_dated_when_the_job_ran_instead_of_when_it_happened() {
    let verdict = sticky(&two(), &[passing("b", 2, true), passing("a", 1, true), passing("a", 7, true)]);
    assert_eq!(verdict.completed_at, Some(day(2)));
    let (told, _) = next(&run(), learner(), 1, None, &verdict, &with(Regression::Sticky), day(500));
    assert_eq!(told.unwrap().completed_at, day(2));
}

#[test]
fn dates_kept_as_day_strings_in_the_servers_zone() {
    let mut late = passing("a", 1, true);
    late.at = lp_domain::Timestamp::try_from(
        chrono::DateTime::parse_from_rfc3339("2026-03-29T02:30:00.123456+02:00").unwrap().to_utc(),
    )
    .unwrap();
    let definition = plain(&["a"], all_of(&["a"]));
    let verdict = serde_json::to_value(sticky(&definition, &[late])).unwrap();
    assert_eq!(verdict["completed_at"], "2026-03-29T00:30:00.123456Z");
}

#[test]
fn un_enrolling_from_a_course_removes_credit_already_earned() {
    let mut facts = vec![enrolment("a", 0, true, "verified"), passing("a", 1, true), completion("b", 1, 0.5)];
    let before = [sticky(&two(), &facts), judge(&two(), &with(Regression::Revocable), &facts)];
    facts.push(enrolment("a", 2, false, "verified"));
    facts.push(enrolment("b", 2, false, "verified"));
    assert_eq!([sticky(&two(), &facts), judge(&two(), &with(Regression::Revocable), &facts)], before);
}

#[test]
fn completed_stays_completed_under_sticky_whatever_falls_away() {
    let facts = [
        passing("a", 1, true),
        passing("b", 2, true),
        passing("a", 3, false),
        passing("b", 4, false),
        enrolment("a", 5, false, "audit"),
    ];
    let verdict = judge(&two(), &RunPolicy::default(), &facts);
    assert_eq!(verdict.completed_at, Some(day(2)));
}
