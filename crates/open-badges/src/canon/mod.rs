//! JSON-LD documents as canonical N-Quads (RDFC-1.0), whose hash is signed.

mod contexts;

pub use contexts::CONTEXTS;
pub(crate) use contexts::{published, reduced};
use oxjsonld::{JsonLdParser, JsonLdRemoteDocument, JsonLdSyntaxError};
use oxrdf::Dataset;
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};

/// Why a document has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonError {
    /// It could not be printed.
    #[error("the document cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// It is no JSON-LD, or names a context that is not compiled in.
    #[error("the document cannot be read as JSON-LD")]
    JsonLd(#[from] JsonLdSyntaxError),
}

/// Where a context's document comes from: `None` for what is unknown.
pub(crate) type Contexts = fn(&str) -> Option<&'static str>;

/// The canonical N-Quads of a JSON-LD document, all lines with their ends.
///
/// Terms that no context defines and relative addresses are dropped without an error: give only closed shapes.
pub(crate) fn canonical(json: &[u8], contexts: Contexts) -> Result<String, CanonError> {
    let parser = JsonLdParser::new().for_slice(json).with_load_document_callback(move |url, _| {
        let document = contexts(url).ok_or_else(|| format!("the context {url} is not compiled in"))?;
        Ok(JsonLdRemoteDocument { document: document.as_bytes().to_vec(), document_url: url.to_owned() })
    });
    let mut quads = parser.collect::<Result<Dataset, _>>()?;
    quads.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<_> = quads.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}
