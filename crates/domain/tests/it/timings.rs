//! How learners stand to the dates of a run, and when that changes.

use lp_domain::timing::{is_open_for_enrolment, next_moment, status};
use lp_domain::{Moment, Schedule, Shut, TimeStatus, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use crate::dates::*;

/// Due by the end of June in Paris, closed at the end of July.
fn summer() -> Schedule {
    Schedule::read(json!({
        "time_zone": "Europe/Paris",
        "enrolment_opens": "2026-01-10",
        "enrolment_closes": "2026-05-31",
        "closes": "2026-07-31",
        "due": { "on": "2026-06-30" },
    }))
    .unwrap()
}

fn began() -> Timestamp {
    at("2026-02-01T00:00:00Z")
}

const SOON: &str = "2026-06-23T22:00:00Z";
const DUE: &str = "2026-06-30T22:00:00Z";
const CLOSES: &str = "2026-07-31T22:00:00Z";

#[test]
fn each_status_begins_at_its_instant_and_not_before() {
    for (instant, before, after) in [
        (SOON, TimeStatus::OnTime, TimeStatus::DueSoon),
        (DUE, TimeStatus::DueSoon, TimeStatus::Overdue),
        (CLOSES, TimeStatus::Overdue, TimeStatus::Closed),
    ] {
        assert_eq!(status(&summer(), began(), None, just_before(at(instant))), before);
        assert_eq!(status(&summer(), began(), None, at(instant)), after);
    }
}

#[test]
fn timers_fire_one_after_the_other_and_then_no_more() {
    let mut now = began();
    let mut fired = Vec::new();
    while let Some((at, moment)) = next_moment(&summer(), began(), None, now) {
        fired.push((text(at), moment));
        now = at;
    }
    let expected = [(SOON, Moment::DueSoon), (DUE, Moment::Overdue), (CLOSES, Moment::Closed)];
    assert_eq!(fired, expected.map(|(at, moment)| (at.to_owned(), moment)));
}

#[test]
fn who_completed_in_time_is_never_overdue_nor_closed() {
    let done = Some(just_before(at(DUE)));
    for now in [SOON, DUE, CLOSES, "2030-01-01T00:00:00Z"] {
        assert_eq!(status(&summer(), began(), done, at(now)), TimeStatus::OnTime);
        assert_eq!(next_moment(&summer(), began(), done, at(now)), None);
    }
}

#[test]
fn who_completed_late_stays_overdue() {
    let done = Some(at(DUE));
    for now in [DUE, CLOSES] {
        assert_eq!(status(&summer(), began(), done, at(now)), TimeStatus::Overdue);
        assert_eq!(next_moment(&summer(), began(), done, at(now)), None);
    }
}

#[test]
fn a_completion_after_the_closing_does_not_count() {
    let schedule = summer();
    assert_eq!(status(&schedule, began(), Some(at(CLOSES)), at(CLOSES)), TimeStatus::Closed);
    let last = Some(just_before(at(CLOSES)));
    assert_eq!(status(&schedule, began(), last, at(CLOSES)), TimeStatus::Overdue);
}

#[test]
fn without_a_due_date_there_is_only_the_closing() {
    let schedule = Schedule { due: None, ..summer() };
    assert_eq!(status(&schedule, began(), None, began()), TimeStatus::NoDate);
    assert_eq!(next_moment(&schedule, began(), None, began()), Some((at(CLOSES), Moment::Closed)));
    assert_eq!(status(&schedule, began(), Some(at(DUE)), at(CLOSES)), TimeStatus::NoDate);
    let never = Schedule::default();
    assert_eq!(status(&never, began(), None, at("9999-01-01T00:00:00Z")), TimeStatus::NoDate);
    assert_eq!(next_moment(&never, began(), None, began()), None);
}

#[test]
fn a_run_that_closes_before_the_due_date_is_closed() {
    let schedule = Schedule { closes: Some(local("2026-06-01")), ..summer() };
    let closes = at("2026-06-01T22:00:00Z");
    assert_eq!(next_moment(&schedule, began(), None, began()), Some((closes, Moment::Closed)));
    assert_eq!(next_moment(&schedule, began(), None, closes), None);
    assert_eq!(status(&schedule, began(), None, at(DUE)), TimeStatus::Closed);
}

#[test]
fn of_what_happens_at_once_the_last_state_holds() {
    let schedule = Schedule { closes: Some(local("2026-06-30")), ..summer() };
    assert_eq!(next_moment(&schedule, began(), None, at(SOON)), Some((at(DUE), Moment::Closed)));
    // The only day of the lead was skipped.
    let skipped = json!({ "time_zone": "Pacific/Apia", "due": { "on": "2011-12-30" }, "due_soon_days": 1 });
    let schedule = Schedule::read(skipped).unwrap();
    let began = at("2011-01-01T00:00:00Z");
    let moment = next_moment(&schedule, began, None, began);
    assert_eq!(moment, Some((at("2011-12-30T10:00:00Z"), Moment::Overdue)));
}

#[test]
fn each_attempt_has_its_own_due_date_and_who_begins_after_a_fixed_one_is_overdue() {
    let relative = Schedule::read(json!({ "due": { "after": { "weeks": 2 } } })).unwrap();
    let now = at("2026-03-01T12:00:00Z");
    assert_eq!(status(&relative, at("2026-02-01T12:00:00Z"), None, now), TimeStatus::Overdue);
    assert_eq!(status(&relative, at("2026-03-01T11:00:00Z"), None, now), TimeStatus::OnTime);
    assert_eq!(status(&summer(), at(DUE), None, at(DUE)), TimeStatus::Overdue);
}

#[test]
fn learners_may_enrol_from_the_first_day_to_the_end_of_the_last() {
    let (opens, closed) = (at("2026-01-09T23:00:00Z"), at("2026-05-31T22:00:00Z"));
    let schedule = summer();
    assert_eq!(is_open_for_enrolment(&schedule, just_before(opens)), Err(Shut::NotYet { opens }));
    assert_eq!(is_open_for_enrolment(&schedule, opens), Ok(()));
    assert_eq!(is_open_for_enrolment(&schedule, just_before(closed)), Ok(()));
    assert_eq!(is_open_for_enrolment(&schedule, closed), Err(Shut::Over { closed }));
    let always = Schedule::default();
    assert_eq!(is_open_for_enrolment(&always, opens), Ok(()));
    // The closing of the run ends enrolment too.
    let endless = Schedule { enrolment_closes: None, ..schedule };
    assert_eq!(is_open_for_enrolment(&endless, at(CLOSES)), Err(Shut::Over { closed: at(CLOSES) }));
}

proptest! {
    #[test]
    fn time_never_goes_back_for_who_has_not_completed(
        schedule in any_schedule(),
        began in any_instant(),
        one in any_instant(),
        other in any_instant(),
    ) {
        let of = |now| status(&schedule, began, None, now);
        prop_assert!(of(one.min(other)) <= of(one.max(other)));
    }

    #[test]
    fn the_next_moment_is_exactly_where_the_status_changes(
        schedule in any_schedule(),
        began in any_instant(),
        completed_at in proptest::option::weighted(0.2, any_instant()),
        now in any_instant(),
    ) {
        let of = |now| status(&schedule, began, completed_at, now);
        if let Some((at, moment)) = next_moment(&schedule, began, completed_at, now) {
            prop_assert!(at > now);
            prop_assert_eq!(of(just_before(at)), of(now));
            prop_assert_ne!(of(at), of(now));
            prop_assert_eq!(of(at), moment.into());
        } else {
            prop_assert_eq!(of(at("9999-01-01T00:00:00Z")), of(now));
        }
    }

    #[test]
    fn who_completed_by_the_end_of_the_due_day_is_on_time_whenever_one_asks(
        schedule in any_schedule(),
        began in any_instant(),
        done in any_instant(),
        now in any_instant(),
    ) {
        let (due, closes) = (schedule.due_at(began), schedule.closes_at());
        if due.is_some_and(|due| done < due) && closes.is_none_or(|closes| done < closes) {
            prop_assert_eq!(status(&schedule, began, Some(done), now), TimeStatus::OnTime);
        }
    }
}
