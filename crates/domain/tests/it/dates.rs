//! Short ways to say dates, and generators of them.

use chrono::{DateTime, NaiveDate, TimeDelta};
use lp_domain::{Due, LocalTime, Period, Schedule, Timestamp, Zone};
use proptest::prelude::*;

/// Zones in which something odd happened in the days of [`any_day`].
const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Paris",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Amman",
    "Pacific/Apia",
];

pub(crate) fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn local(text: &str) -> LocalTime {
    LocalTime::parse(text).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse::<DateTime<chrono::Utc>>().unwrap().try_into().unwrap()
}

pub(crate) fn text(at: Timestamp) -> String {
    serde_json::to_value(at).unwrap().as_str().unwrap().to_owned()
}

/// The last microsecond before an instant.
pub(crate) fn just_before(at: Timestamp) -> Timestamp {
    (at.get() - TimeDelta::microseconds(1)).try_into().unwrap()
}

pub(crate) fn any_zone() -> impl Strategy<Value = Zone> {
    (0..ZONES.len()).prop_map(|index| zone(ZONES[index]))
}

/// A day of the years 2009 to 2012.
pub(crate) fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..4 * 365).prop_map(|days| date("2009-01-01") + chrono::Days::new(days))
}

/// A second of the years 2009 to 2013.
pub(crate) fn any_instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..5 * 365 * 86_400).prop_map(|seconds| {
        (at("2009-01-01T00:00:00Z").get() + TimeDelta::seconds(seconds)).try_into().unwrap()
    })
}

pub(crate) fn any_local_time() -> impl Strategy<Value = LocalTime> {
    (any_day(), proptest::option::of(0_u32..86_400)).prop_map(|(day, second)| match second {
        None => LocalTime::Day(day),
        Some(second) => {
            LocalTime::Clock(day.and_hms_opt(second / 3_600, second / 60 % 60, second % 60).unwrap())
        }
    })
}

pub(crate) fn any_period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1_u16..700).prop_map(Period::Days),
        (1_u16..100).prop_map(Period::Weeks),
        (1_u16..24).prop_map(Period::Months),
        (1_u16..3).prop_map(Period::Years),
    ]
}

/// Any dates, also such as no run should have.
pub(crate) fn any_schedule() -> impl Strategy<Value = Schedule> {
    let when = || proptest::option::of(any_local_time());
    let due = prop_oneof![any_day().prop_map(Due::On), any_period().prop_map(Due::After)];
    (any_zone(), when(), when(), when(), proptest::option::weighted(0.8, due), 0_u16..60).prop_map(
        |(time_zone, enrolment_opens, enrolment_closes, closes, due, due_soon_days)| Schedule {
            time_zone,
            enrolment_opens,
            enrolment_closes,
            closes,
            due,
            due_soon_days,
        },
    )
}
