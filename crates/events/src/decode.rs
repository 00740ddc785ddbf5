//! From bytes to one typed event.

use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::lms::LmsEvent;
use crate::path::PathEvent;
use crate::poison::{Poison, reason};
use crate::schema::WriterSchema;

/// What was decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    /// An event of Open edX.
    Lms(LmsEvent),
    /// An event of ours.
    Path(PathEvent),
    /// Of no type, or a tracking event of no name, that we read: skip it and count it.
    Unknown,
}

/// Decodes the bare datum of an event with the schema it was written with.
///
/// # Errors
/// When the schema is not that of the header's event type, when the bytes are not exactly one datum, or when
/// what they hold is not what such an event may hold.
pub fn decode(envelope: &Envelope, schema: &WriterSchema, body: &[u8]) -> Result<Decoded, Poison> {
    if schema.event_type() != envelope.event_type {
        return Err(Poison::new(
            reason::SCHEMA_MISMATCH,
            "ce_type names another event type than the writer's schema",
        ));
    }
    let mut datum = Fields::of_datum(schema.read(body)?)?;
    if let Some(event) = PathEvent::parse(&envelope.event_type, &mut datum)? {
        return Ok(Decoded::Path(event));
    }
    Ok(LmsEvent::parse(&envelope.event_type, &mut datum)?.map_or(Decoded::Unknown, Decoded::Lms))
}
