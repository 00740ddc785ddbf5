//! Rows 37 to 40 of the fault list: headers.

use lp_events::{Decoded, reason};

use crate::support::{at, message};

#[test]
fn fault_37_a_missing_event_type_is_poison() {
    assert_eq!(message("passing").without_header("ce_type").reason(), reason::HEADER_MISSING);
}

#[test]
fn fault_37_a_doubled_event_type_is_poison() {
    assert_eq!(message("passing").with_header_twice("ce_type").reason(), reason::HEADER_DUPLICATE);
}

#[test]
fn fault_37_an_unknown_event_type_is_skipped_whatever_else_is_wrong() {
    let message =
        message("passing").with_header("ce_type", "org.example.tea.poured.v1").without_header("ce_id");
    assert_eq!(message.clone().read(), Ok(Decoded::Unknown));
    assert_eq!(message.with_payload(vec![1]).read(), Ok(Decoded::Unknown));
}

#[test]
fn fault_37_header_names_are_case_sensitive() {
    let renamed =
        message("passing").without_header("ce_type").with_header("CE_TYPE", "x").with_header("ce-type", "x");
    assert_eq!(renamed.reason(), reason::HEADER_MISSING);
}

#[test]
fn fault_38_a_bad_event_id_is_poison() {
    assert_eq!(message("passing").without_header("ce_id").reason(), reason::HEADER_MISSING);
    assert_eq!(message("passing").with_header_twice("ce_id").reason(), reason::HEADER_DUPLICATE);
    for id in ["", "42", "5f0c0000-4551-11f1-8000-00000000000", "5f0c0000-4551-11f1-8000-00000000000g"] {
        assert_eq!(message("passing").with_header("ce_id", id).reason(), reason::HEADER_INVALID, "{id}");
    }
}

#[test]
fn fault_38_event_ids_of_every_version_are_read() {
    for id in ["5f0c0000-4551-11f1-8000-000000000000", "0198b2c4-0000-7000-8000-000000000000"] {
        assert_eq!(message("passing").with_header("ce_id", id).envelope().id.to_string(), id);
    }
}

#[test]
fn fault_39_a_bad_event_time_is_poison() {
    assert_eq!(message("passing").without_header("ce_time").reason(), reason::HEADER_MISSING);
    assert_eq!(message("passing").with_header_twice("ce_time").reason(), reason::HEADER_DUPLICATE);
    let bad = [
        "",
        "now",
        "2026-05-01",
        "2026-05-01T12:34:56",
        "2026-05-01T12:34:56+02:00",
        "2026-05-01T12:34:56.1",
        "2026-13-01T12:34:56+00:00",
        "2026-02-30T12:34:56Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T12:34:60Z",
        "1777638896",
    ];
    for time in bad {
        assert_eq!(
            message("passing").with_header("ce_time", time).reason(),
            reason::HEADER_INVALID,
            "{time}"
        );
    }
}

#[test]
fn fault_39_utc_is_read_in_both_spellings_to_the_microsecond() {
    let cases = [
        ("2026-05-01T12:34:56Z", "2026-05-01T12:34:56Z"),
        ("2026-05-01T12:34:56+00:00", "2026-05-01T12:34:56Z"),
        ("2026-05-01T12:34:56.789012+00:00", "2026-05-01T12:34:56.789012Z"),
        ("2026-05-01T12:34:56.789012999Z", "2026-05-01T12:34:56.789012Z"),
        ("2026-05-01T12:34:56.7Z", "2026-05-01T12:34:56.700Z"),
    ];
    for (time, wanted) in cases {
        assert_eq!(message("passing").with_header("ce_time", time).envelope().time, at(wanted), "{time}");
    }
}

#[test]
fn fault_40_headers_that_are_not_utf8_are_poison() {
    for name in ["ce_type", "ce_id", "ce_time", "ce_source", "sourcelib", "ce_minorversion"] {
        let message = message("passing").with_header(name, b"\xff\xfe".to_vec());
        assert_eq!(message.reason(), reason::HEADER_INVALID, "{name}");
    }
}

#[test]
fn fault_40_headers_that_nobody_reads_may_hold_anything() {
    let odd =
        message("passing").with_header("traceparent", b"\xff".to_vec()).with_header("x", b"\xff".to_vec());
    assert!(odd.read().is_ok());
    assert_eq!(odd.envelope().traceparent, None);
}

#[test]
fn fault_41_nul_in_a_header_is_poison() {
    assert_eq!(message("passing").with_header("ce_source", "a\0b").reason(), reason::HEADER_INVALID);
}

#[test]
fn optional_headers_may_be_missing() {
    let bare = message("passing")
        .without_header("ce_source")
        .without_header("ce_minorversion")
        .without_header("sourcelib")
        .without_header("ce_specversion");
    let envelope = bare.envelope();
    assert_eq!((envelope.source, envelope.minorversion, envelope.sourcelib), (None, 0, None));
    assert!(bare.read().is_ok());
}

#[test]
fn minor_versions_are_whole_numbers() {
    assert_eq!(message("passing").with_header("ce_minorversion", "7").envelope().minorversion, 7);
    for text in ["-1", "1.0", "x", ""] {
        assert_eq!(message("passing").with_header("ce_minorversion", text).reason(), reason::HEADER_INVALID);
    }
}

#[test]
fn a_well_formed_trace_context_is_carried() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let message = message("passing").with_header("traceparent", trace);
    assert_eq!(message.envelope().traceparent.as_deref(), Some(trace));
    assert_eq!(message.with_header_twice("traceparent").envelope().traceparent, None);
}
