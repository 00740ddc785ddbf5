//! What a client has, in the ids of its events: so any replica can go on where another left off, and nothing is kept of
//! clients that are gone.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The runs of whom an id speaks at most: it must fit into a request's head. What is beyond is sent again.
const MAX_RUNS: usize = 400;

/// Bytes a run: 4 of its key's hash, 8 of its state's.
const BYTES: usize = 12;

/// The states of runs that a client has. The hashes are those of the standard library, which may change with it: then everything
/// is sent again, once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known(BTreeMap<[u8; 4], [u8; 8]>);

impl Known {
    /// What `Last-Event-ID` says; of one that is not ours, nothing.
    pub(crate) fn parse(id: &str) -> Self {
        let bytes = URL_SAFE_NO_PAD.decode(id).unwrap_or_default();
        let mut known = BTreeMap::new();
        for run in bytes.chunks_exact(BYTES).take(MAX_RUNS) {
            if let (Some(key), Some(state)) = (run.first_chunk(), run.last_chunk()) {
                known.insert(*key, *state);
            }
        }
        Self(known)
    }

    /// Takes in the state of a run, and says whether it is another than the one that was known.
    pub(crate) fn learn(&mut self, run: &str, state: &str) -> bool {
        let [a, b, c, d, ..] = hash(run);
        let state = hash(state);
        self.0.insert([a, b, c, d], state) != Some(state)
    }

    /// The id of an event after which a client has all this.
    pub(crate) fn id(&self) -> String {
        let runs = self.0.iter().take(MAX_RUNS);
        let bytes: Vec<u8> = runs.flat_map(|(key, state)| key.iter().chain(state)).copied().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn hash(text: &str) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_is_known() {
        let mut known = Known::default();
        assert!(known.learn("a", "0.5"));
        assert!(known.learn("b", "0.5"));
        assert!(!known.learn("a", "0.5"));
        let mut again = Known::parse(&known.id());
        assert_eq!(again, known);
        assert!(again.learn("a", "1"), "it changed");
        assert!(!again.learn("b", "0.5"), "it did not");
        assert!(again.learn("a", "0.5"), "what it was before is another state again");
    }

    #[test]
    fn an_id_that_is_not_ours_says_nothing() {
        for id in ["", "7", "\u{1F393}", "not base64!", "AAAA"] {
            assert_eq!(Known::parse(id), Known::default(), "{id}");
        }
    }

    #[test]
    fn an_id_fits_into_a_head_whatever_the_number_of_runs() {
        let mut known = Known::default();
        for run in 0..1_000 {
            known.learn(&run.to_string(), "0");
        }
        let id = known.id();
        assert_eq!(id.len(), MAX_RUNS * 16);
        assert_eq!(Known::parse(&id.repeat(3)).0.len(), MAX_RUNS);
    }
}
