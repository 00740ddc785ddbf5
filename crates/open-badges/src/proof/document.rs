//! What can be signed, and the bytes that a signature is over.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::Proof;
use crate::canon::{CanonError, Contexts, canonical};
use crate::shape::OpenBadgeCredential;
use crate::status_list::BitstringStatusListCredential;
use crate::value::Uri;

/// A document of a closed shape that its issuer signs: a credential, or a status list's.
pub trait Document: Serialize + DeserializeOwned + sealed::Parts {}

impl Document for OpenBadgeCredential {}
impl Document for BitstringStatusListCredential {}

pub(crate) mod sealed {
    use super::{BitstringStatusListCredential, OpenBadgeCredential, Proof, Serialize, Uri};

    /// What signing and checking need of a document.
    pub trait Parts {
        fn context(&self) -> impl Serialize;
        fn issuer(&self) -> &Uri;
        fn proof(&mut self) -> &mut Vec<Proof>;
    }

    impl Parts for OpenBadgeCredential {
        fn context(&self) -> impl Serialize {
            self.context
        }

        fn issuer(&self) -> &Uri {
            &self.issuer.id
        }

        fn proof(&mut self) -> &mut Vec<Proof> {
            &mut self.proof
        }
    }

    impl Parts for BitstringStatusListCredential {
        fn context(&self) -> impl Serialize {
            self.context
        }

        fn issuer(&self) -> &Uri {
            &self.issuer
        }

        fn proof(&mut self) -> &mut Vec<Proof> {
            &mut self.proof
        }
    }
}

/// The proof without its value, as it is hashed: with the document's contexts.
#[derive(Serialize)]
struct Configuration<'a, C> {
    #[serde(rename = "@context")]
    context: C,
    #[serde(flatten)]
    proof: &'a Proof,
}

/// The 64 bytes that are signed.
pub(super) fn signed_bytes<D: Document>(
    document: &D,
    proof: &Proof,
    contexts: Contexts,
) -> Result<Vec<u8>, CanonError> {
    let configuration = serde_json::to_vec(&Configuration { context: document.context(), proof })?;
    let document = serde_json::to_vec(document)?;
    hashes(&configuration, &document, contexts)
}

/// The hash of the proof's configuration, then that of the document (`vc-di-eddsa`, section 3.2.4).
fn hashes(configuration: &[u8], document: &[u8], contexts: Contexts) -> Result<Vec<u8>, CanonError> {
    let hash = |json| canonical(json, contexts).map(Sha256::digest);
    Ok([hash(configuration)?, hash(document)?].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::canon::published;
    use crate::keys::SecretKey;
    use crate::multibase;

    fn with_examples(url: &str) -> Option<&'static str> {
        match url {
            "https://www.w3.org/ns/credentials/examples/v2" => {
                Some(include_str!("../../tests/vector/credentials-examples-v2.json"))
            }
            url => published(url),
        }
    }

    /// The test vector of the Recommendation `vc-di-eddsa`.
    #[test]
    fn the_test_vector_is_signed_as_w3c_signs_it() {
        let mut document: Value =
            serde_json::from_str(include_str!("../../tests/vector/signed-credential.json")).unwrap();
        let mut proof = document.as_object_mut().unwrap().remove("proof").unwrap();
        let value = proof.as_object_mut().unwrap().remove("proofValue").unwrap();
        proof["@context"] = document["@context"].clone();

        let [proof, document] = [proof, document].map(|json| json.to_string());
        let hashes = hashes(proof.as_bytes(), document.as_bytes(), with_examples).unwrap();
        assert_eq!(
            hashes.chunks(32).map(hex::encode).collect::<Vec<_>>(),
            [
                "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0",
                "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
            ]
        );
        let key = SecretKey::from_multibase("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
        let signature = key.sign(&hashes);
        assert_eq!(value, multibase::encode(signature));
    }

    #[test]
    fn a_context_that_is_not_compiled_in_is_an_error() {
        let json =
            br#"{"@context": "https://www.w3.org/2018/credentials/v1", "id": "urn:a:b", "type": "Proof"}"#;
        assert!(matches!(canonical(json, published), Err(CanonError::JsonLd(_))));
    }
}
