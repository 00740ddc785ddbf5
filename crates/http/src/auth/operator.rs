//! The operator's own token.

use std::sync::Arc;

use subtle::ConstantTimeEq as _;

/// The token that the operator's own tools send as `Authorization: Bearer …`. Never printed.
#[derive(Clone)]
pub struct ServiceToken(Arc<[u8]>);

impl ServiceToken {
    /// A token from its text.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.as_bytes().into())
    }

    /// Whether this is it; takes as long for a nearly right one as for any other.
    pub(super) fn is(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(&self.0).into()
    }
}

impl std::fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_print() {
        assert!(!format!("{:?}", ServiceToken::new("secret")).contains("secret"));
    }
}
