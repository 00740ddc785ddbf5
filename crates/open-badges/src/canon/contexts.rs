//! The contexts, compiled in. Sources and hashes: `contexts/README.md`.

/// Each context's address and document, as published.
pub const CONTEXTS: [(&str, &str); 3] = [
    ("https://www.w3.org/ns/credentials/v2", include_str!("../../contexts/credentials-v2.json")),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        include_str!("../../contexts/open-badges-3.0.3.json"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        include_str!("../../contexts/open-badges-extensions.json"),
    ),
];

/// The document at this address, if it is one of ours.
pub(crate) fn published(url: &str) -> Option<&'static str> {
    CONTEXTS.iter().find(|(known, _)| *known == url).map(|(_, document)| *document)
}

/// What the documents at our addresses say of the terms that we write, in the first of them; the others are empty.
///
/// Each signature reads the contexts again, so that fewer terms sign faster. What is signed is the same: checking reads the
/// published ones, and tests check all shapes.
pub(crate) fn reduced(url: &str) -> Option<&'static str> {
    let place = CONTEXTS.iter().position(|(known, _)| *known == url)?;
    Some(if place == 0 { include_str!("../../contexts/reduced.json") } else { r#"{"@context": {}}"# })
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The first is the hash that the Verifiable Credentials Data Model 2.0 prints for its file.
    #[test]
    fn the_contexts_are_those_that_were_published() {
        let hashes = CONTEXTS.map(|(_, document)| hex::encode(Sha256::digest(document)));
        assert_eq!(
            hashes,
            [
                "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
                "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761",
                "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e",
            ]
        );
    }
}
