//! The frame around each Avro datum: magic byte 0, schema id (big endian), datum.

use crate::poison::{Poison, reason};

/// Larger payloads are refused. Kafka's own default limit of a message is the same.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

const MAGIC: u8 = 0;

/// Splits a payload into the writer's schema id and the bare Avro datum.
///
/// # Errors
/// When the payload is too large, too short, or does not start with the magic byte.
pub fn split(payload: &[u8]) -> Result<(u32, &[u8]), Poison> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(Poison::new(
            reason::PAYLOAD_TOO_LARGE,
            format!("{} bytes; at most {MAX_PAYLOAD_BYTES} are read", payload.len()),
        ));
    }
    match payload {
        [MAGIC, a, b, c, d, body @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), body)),
        [MAGIC, ..] | [] => {
            Err(Poison::new(reason::FRAME_SHORT, format!("{} bytes; a frame has at least 5", payload.len())))
        }
        [_, ..] => Err(Poison::new(reason::FRAME_MAGIC, "the first byte is not 0")),
    }
}

/// Puts a datum into its frame.
#[must_use]
pub fn join(schema_id: u32, body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(5 + body.len());
    payload.push(MAGIC);
    payload.extend_from_slice(&schema_id.to_be_bytes());
    payload.extend_from_slice(body);
    payload
}
