//! A Kafka message before its schema is at hand.

use crate::envelope::{Envelope, RawHeaders, event_type};
use crate::event_type::is_known;
use crate::frame;
use crate::poison::{Poison, reason};

/// What a message is, as far as can be said without its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming<'m> {
    /// Of a type that we do not read: skip it and count it.
    Unknown,
    /// To be decoded with the writer's schema.
    Event {
        /// The headers.
        envelope: Envelope,
        /// Which schema of the registry it was written with.
        schema_id: u32,
        /// The bare Avro datum.
        body: &'m [u8],
    },
}

/// Reads headers and frame of a message; the step before the registry is asked.
///
/// # Errors
/// When the message can never be read. A type that we do not know is no error, whatever else is wrong.
pub fn open<'m>(headers: &RawHeaders, payload: Option<&'m [u8]>) -> Result<Incoming<'m>, Poison> {
    if !is_known(event_type(headers)?) {
        return Ok(Incoming::Unknown);
    }
    let envelope = Envelope::parse(headers)?;
    let payload =
        payload.ok_or_else(|| Poison::new(reason::PAYLOAD_MISSING, "the message has no payload"))?;
    let (schema_id, body) = frame::split(payload)?;
    Ok(Incoming::Event { envelope, schema_id, body })
}
