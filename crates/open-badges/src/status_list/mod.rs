//! Bitstring Status List 1.0: a bit for each credential, in a credential of its own.

mod bits;
mod credential;
mod index;
mod places;

pub use bits::{BitsError, StatusBits};
pub use credential::BitstringStatusListCredential;
pub use index::{IndexError, LIST_LENGTH, StatusIndex};
pub use places::Places;
