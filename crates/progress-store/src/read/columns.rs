//! From columns to the domain's words. What the constraints of the tables rule out is an error of decoding.

use chrono::{DateTime, Utc};
use lp_domain::{Achievement, Completion, EnrolmentState, Timestamp};
use uuid::Uuid;

use crate::states;

/// Columns of a row that may be in no completion at all.
pub(super) struct CompletionColumns {
    pub(super) completion_id: Option<Uuid>,
    pub(super) sequence: Option<i32>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) state: Option<String>,
    pub(super) state_at: Option<DateTime<Utc>>,
}

pub(super) fn achievement(value: i16) -> sqlx::Result<Achievement> {
    match value {
        0 => Ok(Achievement::NotStarted),
        1 => Ok(Achievement::InProgress),
        2 => Ok(Achievement::Completed),
        _ => Err(undecodable("achievement")),
    }
}

pub(super) fn enrolment_state(word: &str) -> sqlx::Result<EnrolmentState> {
    EnrolmentState::from_word(word).ok_or_else(|| undecodable("state"))
}

pub(super) fn completion(columns: CompletionColumns) -> sqlx::Result<Option<Completion>> {
    let CompletionColumns { completion_id, sequence, completed_at, state, state_at } = columns;
    let (Some(completion_id), Some(sequence), Some(completed_at), Some(state)) =
        (completion_id, sequence, completed_at, state)
    else {
        return Ok(None);
    };
    let state_at = state_at.map(timestamp).transpose()?;
    let state = states::completion(&state, state_at).ok_or_else(|| undecodable("completion_state"))?;
    let sequence = sequence.try_into().map_err(|_| undecodable("sequence"))?;
    Ok(Some(Completion { completion_id, sequence, completed_at: timestamp(completed_at)?, state }))
}

pub(super) fn timestamp(at: DateTime<Utc>) -> sqlx::Result<Timestamp> {
    Timestamp::try_from(at).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn undecodable(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} is not one of the values that it may have").into())
}
