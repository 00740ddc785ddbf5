//! How long awards are valid, and which work renews them.

use lp_domain::{Lasts, Problem, Renewed, Validity, Window};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::dates::*;

fn validity(lasts: Value) -> Validity {
    Validity::read(json!({ "time_zone": "Europe/Paris", "lasts": lasts })).unwrap()
}

fn refused(validity: Value) -> Vec<String> {
    Validity::read(validity).unwrap_err().iter().map(Problem::to_string).collect()
}

fn window(begins: &str, ends: &str) -> Window {
    Window { begins: at(begins), ends: at(ends) }
}

#[test]
fn awards_never_expire_unless_said_otherwise() {
    let forever = Validity::read(json!({})).unwrap();
    assert_eq!(forever, Validity::default());
    assert_eq!(forever.expires_at(at("2026-01-31T12:00:00Z")), None);
    assert_eq!(forever.window(at("2026-01-31T12:00:00Z"), 2), None);
}

#[test]
fn a_period_ends_with_the_local_day_that_comes_so_long_after_the_completion() {
    for (period, completed, expires) in [
        (json!({ "days": 30 }), "2026-03-01T12:00:00Z", "2026-03-31T22:00:00Z"),
        (json!({ "months": 1 }), "2027-01-31T12:00:00Z", "2027-02-28T23:00:00Z"),
        (json!({ "months": 1 }), "2028-01-31T12:00:00Z", "2028-02-29T23:00:00Z"),
        (json!({ "years": 1 }), "2028-02-29T12:00:00Z", "2029-02-28T23:00:00Z"),
        // In Paris it was the first of the month already.
        (json!({ "years": 2 }), "2026-07-31T22:30:00Z", "2028-08-01T22:00:00Z"),
    ] {
        let validity = validity(json!({ "for": { "period": period } }));
        assert_eq!(validity.expires_at(at(completed)), Some(at(expires)), "{completed}");
    }
}

#[test]
fn renewed_from_completion_work_counts_before_the_award_expires() {
    let validity = validity(json!({ "for": { "period": { "years": 1 } } }));
    let completed = at("2026-01-31T12:00:00Z");
    let second = validity.window(completed, 2).unwrap();
    assert_eq!(second, window("2026-01-31T12:00:00.000001Z", "2027-01-31T23:00:00Z"));
    assert!(!second.contains(completed), "what earned an award does not renew it");
    // Missed: the next window follows at once.
    assert_eq!(validity.window(completed, 3), Some(window("2027-01-31T23:00:00Z", "2028-01-31T23:00:00Z")));
}

#[test]
fn renewed_from_expiry_work_counts_once_the_award_has_expired() {
    let validity = validity(json!({ "for": { "period": { "months": 1 }, "renewed": "from_expiry" } }));
    let completed = at("2027-01-31T12:00:00Z");
    assert_eq!(validity.expires_at(completed), Some(at("2027-02-28T23:00:00Z")));
    // Counted from the completion, not from 28 February.
    assert_eq!(validity.window(completed, 2), Some(window("2027-02-28T23:00:00Z", "2027-03-31T22:00:00Z")));
    assert_eq!(validity.window(completed, 3), Some(window("2027-03-31T22:00:00Z", "2027-04-30T22:00:00Z")));
}

#[test]
fn a_fixed_day_of_each_year_ends_one_period_and_begins_the_next() {
    let validity = validity(json!({ "until_each": { "month": 8, "day": 31 } }));
    for (completed, expires) in [
        ("2026-01-31T12:00:00Z", "2026-08-31T22:00:00Z"),
        ("2026-08-31T21:59:59Z", "2026-08-31T22:00:00Z"),
        ("2026-08-31T22:00:00Z", "2027-08-31T22:00:00Z"),
    ] {
        assert_eq!(validity.expires_at(at(completed)), Some(at(expires)), "{completed}");
    }
    let completed = at("2026-01-31T12:00:00Z");
    assert_eq!(validity.window(completed, 2), Some(window("2026-08-31T22:00:00Z", "2027-08-31T22:00:00Z")));
    assert_eq!(validity.window(completed, 4), Some(window("2028-08-31T22:00:00Z", "2029-08-31T22:00:00Z")));
}

#[test]
fn a_leap_day_of_each_year_is_the_last_of_february() {
    let validity = validity(json!({ "until_each": { "month": 2, "day": 29 } }));
    let completed = at("2026-06-01T00:00:00Z");
    assert_eq!(validity.expires_at(completed), Some(at("2027-02-28T23:00:00Z")));
    assert_eq!(validity.window(completed, 2), Some(window("2027-02-28T23:00:00Z", "2028-02-29T23:00:00Z")));
}

#[test]
fn a_fixed_day_once_ends_all_awards_and_nothing_renews_them() {
    let validity = validity(json!({ "until": "2026-12-31" }));
    for completed in ["2026-01-31T12:00:00Z", "2027-01-31T12:00:00Z"] {
        assert_eq!(validity.expires_at(at(completed)), Some(at("2026-12-31T23:00:00Z")));
        assert_eq!(validity.window(at(completed), 2), None);
    }
}

#[test]
fn the_first_period_has_no_window_and_neither_has_one_beyond_the_calendar() {
    let completed = at("2026-01-31T12:00:00Z");
    for lasts in [
        json!({ "for": { "period": { "years": 100 } } }),
        json!({ "for": { "period": { "days": 36600 }, "renewed": "from_expiry" } }),
        json!({ "until_each": { "month": 12, "day": 31 } }),
    ] {
        for n in [0, 1, 9_000, u32::MAX] {
            assert_eq!(validity(lasts.clone()).window(completed, n), None, "{lasts} {n}");
        }
    }
}

#[test]
fn x_an_award_is_valid_from_its_completion_or_from_a_later_day_on() {
    let validity =
        Validity::read(json!({ "time_zone": "Europe/Paris", "available_from": "2026-06-30" })).unwrap();
    for (completed, valid_from) in [
        ("2026-01-31T12:00:00Z", "2026-06-29T22:00:00Z"),
        ("2026-06-29T22:00:00Z", "2026-06-29T22:00:00Z"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
    ] {
        assert_eq!(validity.valid_from(at(completed)), at(valid_from));
        assert_eq!(validity.expires_at(at(completed)), None);
    }
    assert_eq!(
        refused(json!({ "available_from": "1960-01-01" })),
        ["/available_from: a date must lie in the years 1970 to 9999"]
    );
}

#[test]
fn what_no_award_can_have_is_refused_with_its_place() {
    let refused = |lasts: Value| refused(json!({ "lasts": lasts }));
    assert_eq!(
        refused(json!({ "for": { "period": { "days": 0 } } })),
        ["/lasts/for/period: a period must be 1 day to 100 years"]
    );
    for (month, day) in [(2, 30), (4, 31), (0, 1), (13, 1), (1, 0)] {
        let problems = refused(json!({ "until_each": { "month": month, "day": day } }));
        assert_eq!(problems, ["/lasts/until_each: no year has this day"]);
    }
    assert_eq!(
        refused(json!({ "until": "9999-12-31" })),
        ["/lasts/until: a date must lie in the years 1970 to 9999"]
    );
}

#[test]
fn all_that_cannot_be_read_of_a_validity_is_told_at_once() {
    let problems =
        refused(json!({ "time_zone": "Mars/Base", "lasts": { "until": "2026-02-29" }, "more": 1 }));
    let places: Vec<&str> = problems.iter().filter_map(|problem| problem.split(':').next()).collect();
    assert_eq!(places, ["/lasts", "/more", "/time_zone"]);
}

fn any_lasts() -> impl Strategy<Value = Lasts> {
    let renewed = prop_oneof![Just(Renewed::FromCompletion), Just(Renewed::FromExpiry)];
    prop_oneof![
        (any_period(), renewed).prop_map(|(period, renewed)| Lasts::For { period, renewed }),
        (1_u8..=12, 1_u8..=31)
            .prop_map(|(month, day)| Lasts::UntilEach { month, day })
            .prop_filter("no year has this day", |lasts| Validity { lasts: *lasts, ..Validity::default() }
                .check()
                .is_ok()),
    ]
}

proptest! {
    #[test]
    fn windows_follow_each_other_without_gap_or_overlap(
        time_zone in any_zone(),
        lasts in any_lasts(),
        completed in any_instant(),
    ) {
        let validity = Validity { time_zone, lasts, available_from: None };
        let expires = validity.expires_at(completed).unwrap();
        prop_assert!(expires > completed);
        let windows: Vec<Window> = (2..8).map(|n| validity.window(completed, n).unwrap()).collect();
        prop_assert!([windows[0].begins, windows[0].ends].contains(&expires));
        for pair in windows.windows(2) {
            prop_assert_eq!(pair[0].ends, pair[1].begins);
            prop_assert!(pair[0].begins <= pair[0].ends);
        }
        prop_assert!(!windows[0].contains(completed));
    }

    #[test]
    fn validities_are_written_as_they_are_read(time_zone in any_zone(), lasts in any_lasts()) {
        let validity = Validity { time_zone, lasts, available_from: None };
        let written = serde_json::to_value(&validity).unwrap();
        prop_assert_eq!(serde_json::from_value::<Validity>(written).unwrap(), validity);
    }
}
