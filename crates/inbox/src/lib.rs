#![doc = include_str!("../README.md")]

mod failpoint;
mod message;
mod offsets;
mod quarantine;

pub use failpoint::failpoint;
pub use message::Message;
pub use offsets::{Advance, Claim, OffsetError, StoredOffset, advance, claim, list_offsets, reset_offset};
pub use quarantine::{Quarantined, QuarantinedSummary, count, erase, insert, list, mark_replayed, show};
