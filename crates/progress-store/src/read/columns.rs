//! From columns to the domain's words. What the constraints of the tables rule out is an error of decoding.

use chrono::{DateTime, Utc};
use lp_domain::{Achievement, Completion, EnrolmentState, Timestamp};

use crate::StoreError;
use crate::states::CompletionColumns;

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
    columns.parse().map_err(sqlx::Error::Decode)
}

pub(super) fn timestamp(at: DateTime<Utc>) -> sqlx::Result<Timestamp> {
    Timestamp::try_from(at).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What judges, judges for reading too.
pub(super) fn of_store(error: StoreError) -> sqlx::Error {
    match error {
        StoreError::Database(error) => error,
        other => sqlx::Error::Decode(other.into()),
    }
}

fn undecodable(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} is not one of the values that it may have").into())
}
