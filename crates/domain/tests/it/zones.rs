//! When local days begin and end, where clocks behave and where they do not.

use chrono::NaiveDate;
use jiff::tz::TimeZoneDatabase;
use lp_domain::{LocalTime, Period, Zone};
use proptest::prelude::*;

use crate::dates::*;

fn begins(name: &str, day: &str) -> String {
    text(zone(name).day_begins(date(day)).unwrap())
}

#[test]
fn days_begin_at_midnight_where_there_is_one() {
    assert_eq!(begins("UTC", "2026-01-02"), "2026-01-02T00:00:00Z");
    assert_eq!(begins("Asia/Kathmandu", "2026-01-02"), "2026-01-01T18:15:00Z");
    // Days of 23 and of 25 hours.
    assert_eq!(begins("Europe/Paris", "2026-03-29"), "2026-03-28T23:00:00Z");
    assert_eq!(begins("Europe/Paris", "2026-03-30"), "2026-03-29T22:00:00Z");
    assert_eq!(begins("Europe/Paris", "2026-10-25"), "2026-10-24T22:00:00Z");
    assert_eq!(begins("Europe/Paris", "2026-10-26"), "2026-10-25T23:00:00Z");
    // Leap days, also that of 2000; 2100 has none.
    assert_eq!(begins("Europe/Paris", "2028-02-29"), "2028-02-28T23:00:00Z");
    assert_eq!(text(zone("UTC").day_ends(date("2000-02-28")).unwrap()), "2000-02-29T00:00:00Z");
    assert_eq!(text(zone("UTC").day_ends(date("2100-02-28")).unwrap()), "2100-03-01T00:00:00Z");
}

#[test]
fn days_begin_as_clocks_jump_over_midnight() {
    assert_eq!(begins("America/Sao_Paulo", "2018-11-04"), "2018-11-04T03:00:00Z");
    assert_eq!(begins("Africa/Cairo", "2024-04-26"), "2024-04-25T22:00:00Z");
    assert_eq!(begins("Asia/Beirut", "2024-03-31"), "2024-03-30T22:00:00Z");
}

#[test]
fn days_end_late_when_clocks_go_back_at_midnight_to_the_day_before() {
    assert_eq!(begins("America/Sao_Paulo", "2018-02-18"), "2018-02-18T03:00:00Z");
    assert_eq!(begins("Africa/Cairo", "2024-11-01"), "2024-10-31T22:00:00Z");
    assert_eq!(begins("Asia/Beirut", "2024-10-27"), "2024-10-26T22:00:00Z");
    // One minute past midnight, back to 23:01.
    assert_eq!(begins("America/St_Johns", "2010-11-07"), "2010-11-07T03:30:00Z");
}

#[test]
fn days_begin_with_the_first_of_two_midnights_of_their_own() {
    assert_eq!(begins("America/Havana", "2024-11-03"), "2024-11-03T04:00:00Z");
    assert_eq!(begins("America/Havana", "2024-11-04"), "2024-11-04T05:00:00Z");
}

#[test]
fn a_skipped_day_ends_as_it_begins() {
    for (name, skipped, next, at) in [
        ("Pacific/Apia", "2011-12-30", "2011-12-31", "2011-12-30T10:00:00Z"),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-22", "1993-08-21T12:00:00Z"),
    ] {
        assert_eq!([begins(name, skipped), begins(name, next)], [at, at]);
    }
}

#[test]
fn clocks_go_on_changing_after_2099() {
    assert_eq!(begins("Europe/Paris", "2500-07-01"), "2500-06-30T22:00:00Z");
    assert_eq!(begins("Europe/Paris", "2500-01-01"), "2499-12-31T23:00:00Z");
}

#[test]
fn a_time_that_comes_twice_is_the_first_and_one_that_is_jumped_over_is_read_as_if_it_had_not_been() {
    let paris =
        |text: &str| self::text(LocalTime::parse(text).unwrap().begins(&zone("Europe/Paris")).unwrap());
    assert_eq!(paris("2026-10-25T02:30"), "2026-10-25T00:30:00Z");
    assert_eq!(paris("2026-03-29T02:30"), "2026-03-29T01:30:00Z");
    assert_eq!(paris("2026-06-30T18:00:05"), "2026-06-30T16:00:05Z");
}

#[test]
fn zones_are_read_in_any_case_and_what_the_database_lacks_is_refused() {
    assert_eq!(zone("europe/PARIS").name(), "Europe/Paris");
    assert_eq!(zone("Asia/Calcutta").name(), "Asia/Calcutta");
    assert_eq!(zone("UTC"), Zone::default());
    for name in ["", "Mars/Base", "Etc/Unknown", "+02:00", "CET-1CEST", "../UTC", "Europe/Paris "] {
        assert!(Zone::parse(name).is_err(), "{name}");
    }
}

#[test]
fn local_times_are_dates_or_date_times_without_an_offset() {
    for good in ["2026-01-31", "2026-01-31T18:00", "2026-01-31T18:00:05"] {
        assert_eq!(LocalTime::parse(good).unwrap().to_string(), good);
    }
    let at_midnight = LocalTime::parse("2026-01-31T00:00:00").unwrap();
    assert_eq!(at_midnight.to_string(), "2026-01-31T00:00");
    for bad in [
        "",
        "tomorrow",
        "2026-02-29",
        "2026-01-31T24:00",
        "2026-01-31T18:00Z",
        "2026-01-31T18:00+02:00",
        "2026-01-31 18:00",
        "2016-12-31T23:59:60",
        "2026-01-31T18:00:00.5",
    ] {
        assert!(LocalTime::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn months_end_where_they_end() {
    let after = |day: &str, period: Period, times| period.after(date(day), times).unwrap().to_string();
    assert_eq!(after("2027-01-31", Period::Months(1), 1), "2027-02-28");
    assert_eq!(after("2028-01-31", Period::Months(1), 1), "2028-02-29");
    assert_eq!(after("2028-01-31", Period::Months(1), 2), "2028-03-31");
    assert_eq!(after("2028-02-29", Period::Years(1), 1), "2029-02-28");
    assert_eq!(after("2028-02-29", Period::Years(1), 4), "2032-02-29");
    assert_eq!(after("2028-02-28", Period::Days(2), 1), "2028-03-01");
    assert_eq!(after("2028-02-22", Period::Weeks(1), 2), "2028-03-07");
    for endless in [Period::Days(u16::MAX), Period::Weeks(u16::MAX), Period::Years(u16::MAX)] {
        assert_eq!(endless.after(date("2028-01-01"), u32::MAX), None);
    }
}

#[test]
fn dates_outside_the_years_that_are_taken_have_no_instant() {
    assert_eq!(zone("Europe/Paris").day_begins(date("1970-01-01")), None);
    assert_eq!(
        zone("America/New_York").day_begins(date("1970-01-01")).map(text).unwrap(),
        "1970-01-01T05:00:00Z"
    );
    for zone in [zone("UTC"), zone("America/New_York"), zone("Asia/Tokyo")] {
        assert_eq!(zone.day_ends(date("9999-12-31")), None);
        assert_eq!(zone.day_ends(NaiveDate::MAX), None);
        assert_eq!(zone.day_begins(NaiveDate::MIN), None);
    }
}

#[test]
fn around_every_change_of_clocks_of_every_zone_a_day_has_ended_exactly_when_none_of_it_is_left() {
    let database = TimeZoneDatabase::bundled();
    let mut changes = 0;
    for name in database.available() {
        let (local, clocks) = (zone(name.as_str()), database.get(name.as_str()).unwrap());
        let begin: jiff::Timestamp = "1971-01-01T00:00:00Z".parse().unwrap();
        for change in
            clocks.following(begin).take_while(|change| change.timestamp().as_second() < 2_300_000_000)
        {
            changes += 1;
            let change: lp_domain::Timestamp =
                chrono::DateTime::from_timestamp(change.timestamp().as_second(), 0)
                    .unwrap()
                    .try_into()
                    .unwrap();
            let around = [just_before(change), change].map(|at| local.day(at).unwrap());
            for day in [around[0].pred_opt().unwrap(), around[0], around[1]] {
                let ends = local.day_ends(day).unwrap();
                assert!(local.day(just_before(ends)).unwrap() <= day, "{name} {day}");
                assert!(local.day(ends).unwrap() > day, "{name} {day}");
                // Nor does the change bring it back.
                assert!(change < ends || around[1] > day, "{name} {day}");
            }
        }
    }
    assert!(changes > 10_000, "{changes}");
}

proptest! {
    #[test]
    fn the_end_of_a_day_is_after_every_local_time_of_that_day(
        zone in any_zone(),
        day in any_day(),
        minute in 0_i64..24 * 60,
    ) {
        let clock = day.and_hms_opt(0, 0, 0).unwrap() + chrono::TimeDelta::minutes(minute);
        let ends = zone.day_ends(day).unwrap();
        let at = zone.instant(clock).unwrap();
        // A time that clocks jump over may be read as one of the next day.
        prop_assert!(at < ends || zone.day(at).unwrap() > day);
        prop_assert!(zone.day_begins(day).unwrap() <= ends);
        prop_assert!(zone.day(ends).unwrap() > day);
    }

    #[test]
    fn an_instant_lies_before_the_end_of_its_day(zone in any_zone(), at in any_instant()) {
        prop_assert!(at < zone.day_ends(zone.day(at).unwrap()).unwrap());
    }

    #[test]
    fn zones_and_local_times_are_written_as_they_are_read(zone in any_zone(), local in any_local_time()) {
        let text = serde_json::to_string(&(&zone, local)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Zone, LocalTime)>(&text).unwrap(), (zone, local));
    }
}
