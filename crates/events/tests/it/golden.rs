//! What holds for every captured message.

use std::collections::BTreeSet;

use lp_events::{Decoded, WriterSchemas, event_type, frame, reason};

use crate::support::{captured, is_reason, messages};

const SKIPPED: [&str; 2] = ["tracking_other", "skill_verified"];

#[test]
fn every_captured_message_is_read() {
    for message in messages() {
        let decoded = message.read().unwrap();
        assert_eq!(
            matches!(decoded, Decoded::Unknown),
            SKIPPED.contains(&message.name.as_str()),
            "{}",
            message.name
        );
    }
}

#[test]
fn every_event_type_of_open_edx_that_is_known_was_captured() {
    let captured: BTreeSet<String> =
        messages().iter().map(|message| event_type_of(&message.headers).to_owned()).collect();
    for known in event_type::ALL.iter().filter(|known| !known.contains(".learning.path.")) {
        assert!(captured.contains(*known), "{known}");
    }
}

fn event_type_of(headers: &lp_events::RawHeaders) -> &str {
    lp_events::envelope::event_type(headers).unwrap()
}

#[test]
fn headers_of_the_producer_are_read() {
    let envelope = messages()[1].envelope();
    assert_eq!(envelope.event_type, event_type::COURSE_PASSING_STATUS_UPDATED);
    assert_eq!(envelope.id.to_string(), "5f0c0000-4551-11f1-8000-000000000001");
    assert_eq!(envelope.time, crate::support::at("2026-05-01T12:35:56Z"));
    assert_eq!(envelope.source.as_deref(), Some("openedx/lms/web"));
    assert_eq!(envelope.minorversion, 0);
    assert_eq!(envelope.sourcelib.as_deref(), Some("10.5.0"));
    assert_eq!(envelope.traceparent, None);
}

#[test]
fn fault_33_every_truncation_of_every_message_is_poison() {
    for message in messages().into_iter().filter(|message| message.name != "skill_verified") {
        let whole = message.payload.clone().unwrap();
        for length in 0..whole.len() {
            let cut = message.clone().with_payload(whole[..length].to_vec());
            let poison = cut.read().expect_err(&message.name);
            let wanted = if length < 5 { reason::FRAME_SHORT } else { reason::AVRO_INVALID };
            assert_eq!(poison.reason, wanted, "{} cut to {length}", message.name);
        }
    }
}

#[test]
fn fault_34_every_single_byte_after_the_datum_is_poison() {
    for message in messages().into_iter().filter(|message| message.name != "skill_verified") {
        for byte in 0..=u8::MAX {
            let mut payload = message.payload.clone().unwrap();
            payload.push(byte);
            let poison = message.clone().with_payload(payload).read().expect_err(&message.name);
            assert_eq!(poison.reason, reason::TRAILING_BYTES, "{}", message.name);
        }
    }
}

#[test]
fn every_flipped_bit_is_read_or_poison() {
    for message in messages() {
        let whole = message.payload.clone().unwrap();
        for bit in 0..whole.len() * 8 {
            let mut payload = whole.clone();
            payload[bit / 8] ^= 1 << (bit % 8);
            if let Err(poison) = message.clone().with_payload(payload).read() {
                assert!(is_reason(poison.reason), "{poison}");
            }
        }
    }
}

#[test]
fn schemas_are_parsed_once_and_kept() {
    let schemas = WriterSchemas::default();
    assert!(schemas.get(1).is_none());
    let text = &captured().schemas[&2];
    let parsed = schemas.insert(1, text).unwrap();
    assert!(std::sync::Arc::ptr_eq(&parsed, &schemas.get(1).unwrap()));
    assert!(schemas.insert(7, "{}").is_err());
    assert!(schemas.get(7).is_none(), "an error is not kept");
}

#[test]
fn frames_are_split_as_they_were_joined() {
    assert_eq!(frame::split(&frame::join(0x0102_0304, b"datum")).unwrap(), (0x0102_0304, &b"datum"[..]));
}
