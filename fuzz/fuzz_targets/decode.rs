//! Any bytes, decoded with the schema of any known event type: read or refused, never a panic.
//!
//! Input: one byte, the place of the event type in `event_type::ALL`; then the bare datum.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lp_events::{Decoded, Envelope, WriterSchema, decode, event_type};

static TYPES: LazyLock<Vec<(Envelope, WriterSchema)>> =
    LazyLock::new(|| event_type::ALL.iter().map(|name| (envelope(name), schema(name))).collect());

fn schema(event_type: &str) -> WriterSchema {
    let folder = if lp_events::schema_text(event_type).is_some() { "produced" } else { "consumed" };
    let path = format!("{}/../schemas/{folder}/{event_type}.avsc", env!("CARGO_MANIFEST_DIR"));
    WriterSchema::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn envelope(event_type: &str) -> Envelope {
    let headers = [
        ("ce_type", event_type),
        ("ce_id", "5f0c0000-4551-11f1-8000-000000000000"),
        ("ce_time", "2026-05-01T12:34:56+00:00"),
    ];
    Envelope::parse(&headers.map(|(name, text)| (name.to_owned(), Some(text.as_bytes().to_vec())))).unwrap()
}

fuzz_target!(|input: &[u8]| {
    let Some((place, body)) = input.split_first() else { return };
    let Some((envelope, schema)) = TYPES.get(usize::from(*place)) else { return };
    match decode(envelope, schema, body) {
        Ok(Decoded::Lms(event)) => drop(event.facts(envelope)),
        Ok(Decoded::Path(event)) => {
            let again = decode(envelope, schema, &event.encode_body());
            assert_eq!(again, Ok(Decoded::Path(event)), "what was read is written as it was meant");
        }
        Ok(Decoded::Unknown) => {}
        Err(poison) => assert!(!poison.detail.is_empty()),
    }
});
