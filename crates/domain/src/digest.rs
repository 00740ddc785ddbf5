use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// SHA-256 over the JSON of `value`, whose fields come in the order of their declaration.
pub(crate) fn digest(value: &impl Serialize) -> [u8; 32] {
    // Our types hold no maps with keys other than strings, so this cannot fail; an empty text would still be no panic.
    Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into()
}
