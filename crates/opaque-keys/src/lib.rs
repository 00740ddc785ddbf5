#![doc = include_str!("../README.md")]

mod chars;
mod course;
mod error;
mod key;
mod kind;
mod library;
mod named;
mod parts;
mod path;
mod text_key;
mod usage;

pub use course::CourseKey;
pub use error::KeyError;
pub use key::OpaqueKey;
pub use kind::KeyKind;
pub use library::{CollectionKey, ContainerKey, LegacyLibraryKey, LibraryKey};
pub use named::MAX_CHARACTERS;
pub use path::PathKey;
pub use usage::UsageKey;
