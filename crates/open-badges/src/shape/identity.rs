//! Who the learner is.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::words::words;
use crate::value::Text;

words!(IdentityObjectType = "IdentityObject");

/// What the identity is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum IdentityType {
    /// The learner's name, as it is shown.
    Name,
    /// The learner's e-mail address.
    EmailAddress,
}

/// An identity of the learner: a salted hash of the e-mail address, or the name in plain words.
///
/// Learner Credential Wallet shows the first identity that is not hashed as the learner's name, whatever it is; so an
/// e-mail address is only ever hashed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityObject {
    #[serde(rename = "type")]
    kind: IdentityObjectType,
    hashed: bool,
    identity_type: IdentityType,
    identity_hash: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<Text>,
}

impl IdentityObject {
    /// `sha256$` and the hash, in hexadecimal, of the address and the salt.
    ///
    /// No folding of cases is defined. The address is hashed in lower case, as it is written on forms.
    #[must_use]
    pub fn email(address: &str, salt: &Text) -> Self {
        Self {
            kind: IdentityObjectType,
            hashed: true,
            identity_type: IdentityType::EmailAddress,
            identity_hash: hash(&address.to_lowercase(), salt),
            salt: Some(salt.clone()),
        }
    }

    /// The name, for everybody to read.
    #[must_use]
    pub fn name(name: Text) -> Self {
        Self {
            kind: IdentityObjectType,
            hashed: false,
            identity_type: IdentityType::Name,
            identity_hash: name,
            salt: None,
        }
    }

    /// The name, if this says one.
    #[must_use]
    pub fn shown_name(&self) -> Option<&Text> {
        (!self.hashed && self.identity_type == IdentityType::Name).then_some(&self.identity_hash)
    }
}

#[expect(clippy::expect_used, reason = "letters and digits are a text that can be signed")]
fn hash(identifier: &str, salt: &Text) -> Text {
    let hash = Sha256::new().chain_update(identifier).chain_update(salt.as_str()).finalize();
    Text::parse(format!("sha256${}", hex::encode(hash))).expect("letters and digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Open Badges 3.0, the example of hashed identifiers.
    #[test]
    fn the_specifications_hash_is_ours() {
        let salt = Text::parse("Kosher").unwrap();
        let hash = IdentityObject::email("A@example.com", &salt).identity_hash;
        assert!(hash.as_str().starts_with("sha256$b5809d8a"), "{hash}");
        assert!(hash.as_str().ends_with("f399"), "{hash}");
    }
}
