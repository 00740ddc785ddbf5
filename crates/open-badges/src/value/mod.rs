//! Values that every implementation signs and reads alike.

mod instant;
mod language;
mod text;
mod uri;

pub use instant::{Instant, InstantError};
pub use language::{Language, LanguageError};
pub use text::{Text, TextError};
pub use uri::{Uri, UriError};
