//! States as the tables have them: words, as their constraints allow, and instants beside them.

use lp_domain::completion::CompletionState;
use lp_domain::{EnrolmentState, Timestamp};

use crate::StoreError;

pub(crate) fn enrolment(word: &str) -> Option<EnrolmentState> {
    Some(match word {
        "pending" => EnrolmentState::Pending,
        "active" => EnrolmentState::Active,
        "suspended" => EnrolmentState::Suspended,
        "withdrawn" => EnrolmentState::Withdrawn,
        "ended" => EnrolmentState::Ended,
        _ => return None,
    })
}

pub(crate) fn enrolment_word(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "pending",
        EnrolmentState::Active => "active",
        EnrolmentState::Suspended => "suspended",
        EnrolmentState::Withdrawn => "withdrawn",
        EnrolmentState::Ended => "ended",
    }
}

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
