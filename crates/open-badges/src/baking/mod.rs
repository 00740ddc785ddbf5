//! Pictures that carry their credential: PNG and SVG, as Open Badges 3.0 bakes them.

mod png;
mod svg;

pub use png::{bake_png, read_png};
pub use svg::{bake_svg, read_svg};

/// Why a picture carries no credential, or cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BakeError {
    /// It is no picture of its kind, or a broken one.
    #[error("the picture is no whole {0}")]
    Malformed(&'static str),
    /// One picture carries one credential.
    #[error("the picture carries a credential already")]
    Twice,
    /// The credential is not as [`crate::sign`] gives it: a picture would not keep every character.
    #[error("the credential has characters that a picture would not keep")]
    Credential,
}

/// JSON in one line, as signing gives it, has no such characters; XML and PNG would change or cut them.
fn keeps(credential: &str) -> Result<(), BakeError> {
    if credential.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
        Err(BakeError::Credential)
    } else {
        Ok(())
    }
}
