//! The dates of a run: how they are read, and which are refused.

use lp_domain::{Due, Period, Problem, Schedule};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::dates::*;

fn read(schedule: Value) -> Schedule {
    Schedule::read(schedule).unwrap()
}

fn refused(schedule: Value) -> Vec<String> {
    Schedule::read(schedule).unwrap_err().iter().map(Problem::to_string).collect()
}

#[test]
fn a_schedule_of_nothing_has_no_dates_in_utc_and_a_lead_of_a_week() {
    let schedule = read(json!({}));
    assert_eq!(schedule, Schedule::default());
    assert_eq!(serde_json::to_value(&schedule).unwrap(), json!({ "time_zone": "UTC", "due_soon_days": 7 }));
    let began = at("2026-01-31T12:00:00Z");
    let dates = [
        schedule.enrolment_opens_at(),
        schedule.enrolment_closes_at(),
        schedule.closes_at(),
        schedule.due_at(began),
        schedule.due_soon_at(began),
    ];
    assert_eq!(dates, [None; 5]);
}

#[test]
fn dates_begin_and_end_in_the_zone_and_date_times_are_taken_as_they_are() {
    let schedule = read(json!({
        "time_zone": "Asia/Tokyo",
        "enrolment_opens": "2026-01-10",
        "enrolment_closes": "2026-02-28",
        "closes": "2026-12-31T18:00",
        "due": { "on": "2026-06-30" },
        "due_soon_days": 10,
    }));
    assert_eq!(schedule.enrolment_opens_at(), Some(at("2026-01-09T15:00:00Z")));
    assert_eq!(schedule.enrolment_closes_at(), Some(at("2026-02-28T15:00:00Z")));
    assert_eq!(schedule.closes_at(), Some(at("2026-12-31T09:00:00Z")));
    let began = at("2026-01-31T12:00:00Z");
    assert_eq!(schedule.due_day(began), Some(date("2026-06-30")));
    assert_eq!(schedule.due_at(began), Some(at("2026-06-30T15:00:00Z")));
    assert_eq!(schedule.due_soon_at(began), Some(at("2026-06-20T15:00:00Z")));
}

#[test]
fn what_is_due_after_a_time_is_counted_from_the_local_day_on_which_the_attempt_began() {
    for (period, began, due) in [
        (Period::Days(1), "2026-01-31T10:59:59Z", "2026-02-01"),
        // In Auckland it is the first of the month already.
        (Period::Days(1), "2026-01-31T11:00:00Z", "2026-02-02"),
        (Period::Weeks(6), "2026-01-31T00:00:00Z", "2026-03-14"),
        (Period::Months(1), "2027-01-31T00:00:00Z", "2027-02-28"),
        (Period::Months(1), "2028-01-31T00:00:00Z", "2028-02-29"),
        (Period::Years(1), "2028-02-29T00:00:00Z", "2029-02-28"),
    ] {
        let schedule = Schedule {
            time_zone: zone("Pacific/Auckland"),
            due: Some(Due::After(period)),
            ..Schedule::default()
        };
        assert_eq!(schedule.due_day(at(began)), Some(date(due)), "{period:?} {began}");
        assert_eq!(schedule.due_at(at(began)), schedule.time_zone.day_ends(date(due)));
    }
}

#[test]
fn a_lead_is_counted_in_local_days_over_a_change_of_clocks() {
    let schedule = read(json!({ "time_zone": "Europe/Paris", "due": { "on": "2026-03-31" } }));
    let began = at("2026-01-01T00:00:00Z");
    assert_eq!(schedule.due_soon_at(began), Some(at("2026-03-24T23:00:00Z")));
    assert_eq!(schedule.due_at(began), Some(at("2026-03-31T22:00:00Z")));
}

#[test]
fn a_due_day_that_was_skipped_ends_with_the_day_before_it() {
    let schedule = read(json!({ "time_zone": "Pacific/Apia", "due": { "on": "2011-12-30" } }));
    assert_eq!(schedule.due_at(at("2011-01-01T00:00:00Z")), Some(at("2011-12-30T10:00:00Z")));
}

#[test]
fn all_that_cannot_be_read_is_told_at_once_with_its_place() {
    let problems = refused(json!({
        "time_zone": "Mars/Base",
        "enrolment_opens": "2026-02-29",
        "enrolment_closes": "2026-02-28T10:00Z",
        "closes": 7,
        "due": { "after": { "fortnights": 2 } },
        "due_soon_days": -1,
        "a/b~c": 1,
    }));
    let places: Vec<&str> = problems.iter().filter_map(|problem| problem.split(':').next()).collect();
    assert_eq!(
        places,
        [
            "/a~1b~0c",
            "/closes",
            "/due",
            "/due_soon_days",
            "/enrolment_closes",
            "/enrolment_opens",
            "/time_zone"
        ]
    );
    assert_eq!(
        problems[6],
        "/time_zone: `Mars/Base` is no time zone of the IANA database, such as `Europe/Paris`"
    );
    assert_eq!(refused(json!(7)).len(), 1);
    assert_eq!(refused(json!(null)).len(), 1);
}

#[test]
fn all_dates_that_contradict_each_other_are_told_at_once() {
    let problems = refused(json!({
        "enrolment_opens": "2026-07-01",
        "enrolment_closes": "2026-06-30",
        "closes": "2026-05-31",
        "due": { "on": "2026-08-01" },
        "due_soon_days": 0,
    }));
    assert_eq!(
        problems,
        [
            "/enrolment_closes: enrolment must open before it closes",
            "/enrolment_opens: the run closes before this",
            "/enrolment_closes: the run closes before this",
            "/due/on: the run closes before this",
            "/due_soon_days: a period must be 1 day to 100 years",
        ]
    );
}

#[test]
fn dates_outside_1970_to_9999_are_refused_each() {
    let out_of_range = "a date must lie in the years 1970 to 9999";
    let problems = refused(json!({
        "time_zone": "Europe/Paris",
        "enrolment_opens": "1970-01-01",
        "enrolment_closes": "1969-07-20T20:17",
        "closes": "9999-12-31",
        "due": { "on": "9999-12-31" },
    }));
    let fields = ["enrolment_opens", "enrolment_closes", "closes", "due/on"];
    assert_eq!(problems, fields.map(|field| format!("/{field}: {out_of_range}")));
}

#[test]
fn what_is_due_after_nothing_or_after_more_than_a_century_is_refused() {
    for period in
        [json!({ "days": 0 }), json!({ "weeks": 0 }), json!({ "months": 1201 }), json!({ "years": 101 })]
    {
        let problems = refused(json!({ "due": { "after": period } }));
        assert_eq!(problems, ["/due/after: a period must be 1 day to 100 years"], "{period}");
    }
    read(json!({ "due": { "after": { "months": 1200 } } }));
}

#[test]
fn dates_that_meet_are_taken_where_they_leave_time() {
    read(json!({ "enrolment_opens": "2026-06-30", "enrolment_closes": "2026-06-30", "closes": "2026-06-30",
        "due": { "on": "2026-06-30" } }));
    let shut = json!({ "enrolment_opens": "2026-06-30T10:00", "enrolment_closes": "2026-06-30T10:00" });
    assert_eq!(refused(shut).len(), 1);
}

proptest! {
    #[test]
    fn schedules_are_written_as_they_are_read(schedule in any_schedule()) {
        let written = serde_json::to_value(&schedule).unwrap();
        prop_assert_eq!(serde_json::from_value::<Schedule>(written.clone()).unwrap(), schedule.clone());
        prop_assert_eq!(Schedule::read(written), schedule.check().map(|()| schedule));
    }
}
