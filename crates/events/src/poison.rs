//! Why a message can never be read, however often it is tried.

use std::fmt;

/// A message that can never be read. Neither field holds anything of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// A stable label out of [`reason`]: for the quarantine and as a metric's label.
    pub reason: &'static str,
    /// What is wrong and where, for people: names of fields and headers, rules, never values.
    pub detail: String,
}

impl Poison {
    /// A reason with its detail. `detail` must hold nothing of the payload.
    pub fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Poison {}

/// The labels of [`Poison::reason`].
pub mod reason {
    /// A header that must be there is not.
    pub const HEADER_MISSING: &str = "header_missing";
    /// A header is there more than once.
    pub const HEADER_DUPLICATE: &str = "header_duplicate";
    /// A header's value cannot be read.
    pub const HEADER_INVALID: &str = "header_invalid";
    /// The message has no payload (a tombstone).
    pub const PAYLOAD_MISSING: &str = "payload_missing";
    /// The payload is larger than [`MAX_PAYLOAD_BYTES`](crate::frame::MAX_PAYLOAD_BYTES).
    pub const PAYLOAD_TOO_LARGE: &str = "payload_too_large";
    /// The payload is shorter than magic byte and schema id.
    pub const FRAME_SHORT: &str = "frame_short";
    /// The payload does not start with the magic byte 0.
    pub const FRAME_MAGIC: &str = "frame_magic";
    /// The registry does not know the schema id (said by those who ask it).
    pub const SCHEMA_UNKNOWN: &str = "schema_unknown";
    /// The registry's text is no Avro schema of an event.
    pub const SCHEMA_INVALID: &str = "schema_invalid";
    /// The schema is that of another event type than the header says.
    pub const SCHEMA_MISMATCH: &str = "schema_mismatch";
    /// The bytes are no datum of the schema: truncated, too large, not UTF-8, ….
    pub const AVRO_INVALID: &str = "avro_invalid";
    /// Bytes are left after the datum.
    pub const TRAILING_BYTES: &str = "trailing_bytes";
    /// A field that we need is not in the writer's schema, or null.
    pub const FIELD_MISSING: &str = "field_missing";
    /// A field has another type than we need.
    pub const FIELD_TYPE: &str = "field_type";
    /// A string holds U+0000, which Postgres cannot store.
    pub const STRING_NUL: &str = "string_nul";
    /// A user id is not within 1 to 2^63-1.
    pub const LEARNER_INVALID: &str = "learner_invalid";
    /// A key does not parse, or is not of the kind that the field holds.
    pub const KEY_INVALID: &str = "key_invalid";
    /// A grade, completion or progress is not within 0 to 1.
    pub const RATIO_INVALID: &str = "ratio_invalid";
    /// A date does not parse, has no zone, or lies outside the years 1970 to 9999.
    pub const DATE_INVALID: &str = "date_invalid";
    /// A word that we need (a status) is empty.
    pub const WORD_EMPTY: &str = "word_empty";
    /// JSON inside a tracking event does not parse.
    pub const JSON_INVALID: &str = "json_invalid";
    /// An id is no UUID.
    pub const UUID_INVALID: &str = "uuid_invalid";
}
