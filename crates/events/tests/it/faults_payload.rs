//! Rows 30 to 36, 40 and 46 of the fault list: frames, schemas, data that are no data.

use std::fmt::Write as _;

use lp_events::frame::{self, MAX_PAYLOAD_BYTES};
use lp_events::{Decoded, WriterSchema, decode, reason};

use crate::support::{message, messages};

/// A number as Avro writes it.
fn long(value: i64) -> Vec<u8> {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

#[test]
fn fault_26_a_tombstone_and_an_empty_payload_are_poison() {
    let mut tombstone = message("passing");
    tombstone.payload = None;
    assert_eq!(tombstone.reason(), reason::PAYLOAD_MISSING);
    assert_eq!(message("passing").with_payload(Vec::new()).reason(), reason::FRAME_SHORT);
}

#[test]
fn fault_30_a_magic_byte_other_than_zero_is_poison() {
    for magic in 1..=u8::MAX {
        let mut payload = message("passing").payload.unwrap();
        payload[0] = magic;
        assert_eq!(message("passing").with_payload(payload).reason(), reason::FRAME_MAGIC);
    }
    assert_eq!(message("passing").with_payload(b"{}".to_vec()).reason(), reason::FRAME_MAGIC);
}

#[test]
fn fault_31_fewer_than_five_bytes_are_poison() {
    for length in 1..5 {
        assert_eq!(message("passing").with_payload(vec![0; length]).reason(), reason::FRAME_SHORT);
    }
}

#[test]
fn fault_32_an_unknown_schema_id_has_its_reason() {
    assert_eq!(reason::SCHEMA_UNKNOWN, "schema_unknown");
}

#[test]
fn fault_35_a_huge_or_negative_length_is_poison() {
    for length in [i64::MAX, i64::MIN, -1, 1 << 40, 20 << 20, 1 << 20] {
        let mut body = vec![1];
        body.extend(long(length));
        body.extend(b"course");
        let poison = message("passing").with_payload(frame::join(2, &body));
        assert_eq!(poison.reason(), reason::AVRO_INVALID, "{length}");
    }
}

#[test]
fn fault_35_a_number_that_never_ends_is_poison() {
    let body = vec![0xff; 64];
    assert_eq!(message("grade").with_payload(frame::join(2, &body)).reason(), reason::AVRO_INVALID);
}

/// `x: array of … of nulls`, `depth` deep, in an event of the passing type.
fn nested_arrays(depth: usize) -> String {
    let event_type = lp_events::event_type::COURSE_PASSING_STATUS_UPDATED;
    let open = r#"{"type": "array", "items": "#.repeat(depth);
    let close = "}".repeat(depth);
    format!(
        r#"{{"type": "record", "name": "CloudEvent", "namespace": "{event_type}", "fields": [
           {{"name": "x", "type": {open}"null"{close}}}]}}"#
    )
}

#[test]
fn fault_35_nested_arrays_of_nothing_cannot_allocate_without_bound() {
    // Items of no bytes: 2^40 of them take no room in the message.
    for items in [1 << 20, 1 << 40, i64::MAX, i64::MIN] {
        let schema = WriterSchema::parse(&nested_arrays(1)).unwrap();
        let mut body = long(items);
        body.push(0);
        let poison = decode(&message("passing").envelope(), &schema, &body).unwrap_err();
        assert_eq!(poison.reason, reason::AVRO_INVALID, "{items}");
    }
    // Each level is small enough by itself; all together are not.
    let schema = WriterSchema::parse(&nested_arrays(3)).unwrap();
    let mut body = long(1000);
    for _ in 0..1000 {
        body.extend(long(1000));
        body.extend(long(200_000));
    }
    let poison = decode(&message("passing").envelope(), &schema, &body).unwrap_err();
    assert_eq!(poison.reason, reason::AVRO_INVALID);
}

#[test]
fn fault_35_a_schema_nested_too_deep_is_poison() {
    assert_eq!(WriterSchema::parse(&nested_arrays(10_000)).unwrap_err().reason, reason::SCHEMA_INVALID);
}

#[test]
fn fault_35_a_schema_that_holds_itself_is_poison() {
    let event_type = lp_events::event_type::COURSE_PASSING_STATUS_UPDATED;
    for inner in
        [r#"["null", "CloudEvent"]"#, r#"{"type": "array", "items": "CloudEvent"}"#, "\"CloudEvent\""]
    {
        let poison = WriterSchema::parse(&format!(
            r#"{{"type": "record", "name": "CloudEvent", "namespace": "{event_type}", "fields": [
               {{"name": "x", "type": {inner}}}]}}"#
        ))
        .unwrap_err();
        assert_eq!(poison.reason, reason::SCHEMA_INVALID);
    }
}

#[test]
fn fault_35_a_schema_that_nests_by_names_is_poison_when_too_deep() {
    let nested = |levels: usize| {
        let event_type = lp_events::event_type::COURSE_PASSING_STATUS_UPDATED;
        let mut fields =
            r#"{"name": "f0", "type": {"type": "record", "name": "R0", "fields": []}}"#.to_owned();
        for level in 1..levels {
            let below = level - 1;
            let _ = write!(
                fields,
                r#", {{"name": "f{level}", "type": {{"type": "record", "name": "R{level}", "fields": [
                   {{"name": "a", "type": "R{below}"}}, {{"name": "b", "type": "R{below}"}}]}}}}"#
            );
        }
        WriterSchema::parse(&format!(
            r#"{{"type": "record", "name": "CloudEvent", "namespace": "{event_type}", "fields": [{fields}]}}"#
        ))
    };
    assert_eq!(nested(1000).unwrap_err().reason, reason::SCHEMA_INVALID);
    // 2^30 records in no bytes at all: bounded by what a datum may allocate.
    let schema = nested(30).unwrap();
    let poison = decode(&message("passing").envelope(), &schema, &[]).unwrap_err();
    assert_eq!(poison.reason, reason::AVRO_INVALID);
}

#[test]
fn fault_36_a_schema_of_another_event_type_is_poison() {
    for other in messages() {
        let mut mixed = message("certificate_created");
        mixed.schema.clone_from(&other.schema);
        if other.writer().event_type() == mixed.envelope().event_type {
            assert!(mixed.read().is_ok());
        } else {
            assert_eq!(mixed.reason(), reason::SCHEMA_MISMATCH, "{}", other.name);
        }
    }
}

#[test]
fn fault_36_a_key_schema_is_no_schema_of_an_event() {
    let texts = [
        r#"{"name": "course_key", "type": "string"}"#,
        "\"long\"",
        "{}",
        "",
        "not json",
        r#"{"type": "record", "name": "CloudEvent", "fields": []}"#,
        r#"{"type": "record", "name": "Other", "namespace": "org.x.v1", "fields": []}"#,
        r#"{"type": "record", "name": "CloudEvent", "namespace": "x", "fields": [{"name": "a", "type": "Nowhere"}]}"#,
    ];
    for text in texts {
        assert_eq!(WriterSchema::parse(text).unwrap_err().reason, reason::SCHEMA_INVALID, "{text}");
    }
}

#[test]
fn fault_36_a_schema_text_of_unreasonable_size_is_refused() {
    let text = format!("{}{}", " ".repeat(256 << 10), message("passing").schema);
    assert_eq!(WriterSchema::parse(&text).unwrap_err().reason, reason::SCHEMA_INVALID);
}

#[test]
fn fault_40_a_string_that_is_not_utf8_is_poison() {
    let payload = message("passing").payload.unwrap();
    let at = payload.windows(5).position(|window| window == b"alice").unwrap();
    for byte in [0x80, 0xc0, 0xff] {
        let mut payload = payload.clone();
        payload[at] = byte;
        assert_eq!(message("passing").with_payload(payload).reason(), reason::AVRO_INVALID);
    }
}

#[test]
fn fault_40_the_key_is_never_read() {
    let mut odd = message("passing");
    odd.key = b"\xff\xff".to_vec();
    assert!(odd.read().is_ok());
}

#[test]
fn fault_46_a_payload_at_the_limit_is_read_and_one_above_is_poison() {
    let size = |name: &str| message(name).payload.unwrap().len();
    let filler =
        |length: usize| message("tracking_other").with_text("tracking_log.data", &"x".repeat(length));
    let fixed = filler(1 << 19).payload.unwrap().len() - (1 << 19);
    let room = MAX_PAYLOAD_BYTES - fixed;
    assert!(size("tracking_other") < MAX_PAYLOAD_BYTES);
    // The length itself takes three bytes on both sides of the limit.
    let at_the_limit = filler(room);
    assert_eq!(at_the_limit.payload.as_ref().unwrap().len(), MAX_PAYLOAD_BYTES);
    assert_eq!(at_the_limit.read(), Ok(Decoded::Unknown));
    assert_eq!(filler(room + 1).reason(), reason::PAYLOAD_TOO_LARGE);
}
