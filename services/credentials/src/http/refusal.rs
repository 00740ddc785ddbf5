//! Why staff's wishes were not granted, as callers are told.

use lp_http::Problem;
use lp_http::problem::Kind;

use crate::issuing::{IssueError, Refusal};

pub(super) fn refused(refusal: &Refusal) -> Problem {
    let kind = if *refusal == Refusal::Unknown { Kind::NotFound } else { Kind::Conflict };
    Problem::new(kind).with_detail(refusal.to_string())
}

pub(super) fn problem(error: &IssueError) -> Problem {
    match error {
        IssueError::Database(error) => Problem::database(error),
        other => Problem::internal(other),
    }
}
