//! States as the tables have them: words, as their constraints allow, and instants beside them.

use chrono::{DateTime, Utc};
use lp_domain::completion::{Completion, CompletionState};
use lp_domain::term::Renewal;
use lp_domain::{Term, Timestamp, Window};
use uuid::Uuid;

use crate::StoreError;

/// `at` is what stands in `state_at`.
fn completion(word: &str, at: Option<Timestamp>) -> Option<CompletionState> {
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

/// The columns of a row of `completions` that may be none.
pub(crate) struct CompletionColumns {
    pub(crate) completion_id: Option<Uuid>,
    pub(crate) period: Option<i32>,
    pub(crate) sequence: Option<i32>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) state: Option<String>,
    pub(crate) state_at: Option<DateTime<Utc>>,
    pub(crate) valid_from: Option<DateTime<Utc>>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) counted_from: Option<DateTime<Utc>>,
    pub(crate) renews: Option<Uuid>,
    pub(crate) window_begins: Option<DateTime<Utc>>,
    pub(crate) window_ends: Option<DateTime<Utc>>,
}

impl CompletionColumns {
    /// The completion, if it is a row.
    pub(crate) fn parse(self) -> Result<Option<Completion>, Box<dyn std::error::Error + Send + Sync>> {
        let at = |at: Option<DateTime<Utc>>| at.map(Timestamp::try_from).transpose();
        let row = (self.completion_id, self.period, self.sequence, self.state);
        let (Some(completion_id), Some(period), Some(sequence), Some(state)) = row else { return Ok(None) };
        let dates = (at(self.completed_at)?, at(self.valid_from)?, at(self.counted_from)?);
        let (Some(completed_at), Some(valid_from), Some(counted_from)) = dates else { return Ok(None) };
        let renewal = match (self.renews, at(self.window_begins)?, at(self.window_ends)?) {
            (Some(of), Some(begins), Some(ends)) => Some(Renewal { of, window: Window { begins, ends } }),
            _ => None,
        };
        let term = Term { valid_from, expires_at: at(self.expires_at)?, counted_from, renewal };
        let state = completion(&state, at(self.state_at)?)
            .ok_or_else(|| format!("{state} is no state of a completion"))?;
        let (period, sequence) = (period.unsigned_abs(), sequence.unsigned_abs());
        Ok(Some(Completion { completion_id, period, sequence, completed_at, state, term }))
    }
}
