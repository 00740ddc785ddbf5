//! The tables that `oracle/make_cases.py` made.

use std::collections::BTreeSet;

use opaque_keys::{CourseKey, KeyError, OpaqueKey};
use serde::Deserialize;

use crate::agreement::{Answer, Difference, compare};

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    title: String,
    key: String,
    answer: Answer,
}

/// Ranges of code points, both ends included; surrogates are in none.
#[derive(Deserialize)]
struct Characters {
    word: Vec<(u32, u32)>,
    digit: Vec<(u32, u32)>,
    unassigned: Vec<(u32, u32)>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../oracle/cases.json")).unwrap()
}

#[test]
fn every_case_of_the_table_reads_as_in_python() {
    let mut met = BTreeSet::new();
    for Case { title, key, answer } in table().cases {
        match compare(&key, &answer) {
            Ok(difference) => met.extend(difference),
            Err(why) => panic!("{title}: {key:?}: {why}"),
        }
    }
    let met: Vec<_> = met.into_iter().collect();
    assert_eq!(
        met,
        [
            Difference::TooLong,
            Difference::ControlCharacter,
            Difference::OtherNamespace,
            Difference::NotPrinted
        ]
    );
}

#[test]
fn keys_of_the_table_are_equal_exactly_when_they_print_alike() {
    let keys: Vec<_> = table().cases.iter().filter_map(|case| OpaqueKey::parse(&case.key).ok()).collect();
    for one in &keys {
        for other in &keys {
            assert_eq!(one == other, one.as_str() == other.as_str());
            assert_eq!(one.cmp(other), one.as_str().cmp(other.as_str()));
        }
    }
}

#[test]
fn letters_and_digits_are_those_of_the_python_patterns() {
    let table: Characters = serde_json::from_str(include_str!("../oracle/characters.json")).unwrap();
    let holds = |ranges: &[(u32, u32)], c: u32| {
        let after = ranges.partition_point(|range| range.0 <= c);
        after > 0 && c <= ranges[after - 1].1
    };
    let mut newer = 0;
    for c in (0x80..=0x0010_ffff).filter_map(char::from_u32) {
        let is_word = OpaqueKey::parse(&format!("course-v1:{c}+c+r")).is_ok();
        let is_digit = OpaqueKey::parse(&format!("ccx-v1:o+c+r+ccx@{c}")).is_ok();
        if holds(&table.unassigned, c.into()) {
            newer += usize::from(is_word);
        } else {
            assert_eq!(is_word, holds(&table.word, c.into()), "{c:?}");
            assert_eq!(is_digit, holds(&table.digit, c.into()), "{c:?}");
        }
    }
    assert!(newer > 1_000, "only {newer} letters are newer than the table");
}

#[test]
fn errors_say_what_is_wrong() {
    let kind_of = |key: &str| OpaqueKey::parse(key).map(|key| key.kind());
    let malformed = kind_of("course-v1:edX+DemoX").unwrap_err();
    assert_eq!(malformed.to_string(), "the key does not follow the grammar of course-v1 keys");
    assert_eq!(kind_of("program:edX"), Err(KeyError::UnknownNamespace));
    assert_eq!(kind_of("edX"), Err(KeyError::UnknownNamespace));
    assert_eq!(kind_of("path-v1:a+b+c+d\n"), Err(KeyError::ControlCharacter));
    assert_eq!(kind_of(&format!("path-v1:a+b+c+{}", "d".repeat(300))), Err(KeyError::TooLong));
    let other = CourseKey::parse("lib:MITx:problems").unwrap_err();
    assert_eq!(other.to_string(), "the key is of the type lib, not a course run");
}

#[test]
fn a_coachs_copy_knows_its_master_course() {
    let copy = CourseKey::parse("ccx-v1:edX+DemoX+2026+ccx@1").unwrap();
    assert_eq!(copy.master_course(), CourseKey::parse("course-v1:edX+DemoX+2026").ok());
    assert_eq!(copy.master_course().and_then(|course| course.master_course()), None);
}
