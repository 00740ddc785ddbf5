//! States as the tables have them: words, as their constraints allow, and instants beside them.

use lp_domain::Timestamp;
use lp_domain::completion::CompletionState;

use crate::StoreError;

/// `at` is what stands in `state_at`.
pub(crate) fn completion(word: &str, at: Option<Timestamp>) -> Option<CompletionState> {
    Some(match (word, at) {
        ("valid", None) => CompletionState::Valid,
        ("grace", Some(until)) => CompletionState::Grace { until },
        ("under_review", Some(since)) => CompletionState::UnderReview { since },
        ("revoked", Some(at)) => CompletionState::Revoked { at },
        _ => return None,
    })
}

pub(crate) fn completion_words(state: CompletionState) -> (&'static str, Option<Timestamp>) {
    match state {
        CompletionState::Valid => ("valid", None),
        CompletionState::Grace { until } => ("grace", Some(until)),
        CompletionState::UnderReview { since } => ("under_review", Some(since)),
        CompletionState::Revoked { at } => ("revoked", Some(at)),
    }
}

/// A word that no constraint of the tables lets in.
pub(crate) fn unknown(of: &str, word: &str) -> StoreError {
    StoreError::corrupt("a state")(format!("{word} is no state of {of}"))
}
