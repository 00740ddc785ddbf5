#![doc = include_str!("../README.md")]

mod datum;
mod decode;
pub mod envelope;
pub mod event_type;
mod fields;
pub mod frame;
mod incoming;
mod instant;
mod keys;
pub mod lms;
pub mod path;
mod poison;
mod schema;
mod shape;

pub use decode::{Decoded, decode};
pub use envelope::{Envelope, RawHeaders};
pub use event_type::is_known;
pub use incoming::{Incoming, open};
pub use lms::{LmsEvent, Profile};
pub use path::{
    CountedContext, LearnerRetired, Origin, PathCompleted, PathCompletionChanged, PathCompletionRevoked,
    PathCredentialAwarded, PathCredentialRevoked, PathEnrolment, PathEvent, PathTimeStatus, encode_key,
    headers, key_schema_text, schema_text,
};
pub use poison::{Poison, reason};
pub use schema::{WriterSchema, WriterSchemas};
