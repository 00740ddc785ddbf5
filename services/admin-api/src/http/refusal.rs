//! Why a change was not made, as callers are told.

use lp_http::Problem;
use lp_http::problem::{Kind, Place};
use lp_progress_store::StoreError;
use lp_progress_store::authoring::AuthoringError;

pub(super) fn problem(error: AuthoringError) -> Problem {
    match error {
        AuthoringError::Store(StoreError::Database(error)) => Problem::database(&error),
        AuthoringError::Store(error) => Problem::internal(&error),
        AuthoringError::UnknownPath(_) | AuthoringError::UnknownRun(_) => {
            Problem::not_found(error.to_string())
        }
        AuthoringError::AlreadyThere(_) | AuthoringError::NothingNew(_) => {
            Problem::new(Kind::Conflict).with_detail(error.to_string())
        }
        AuthoringError::Stale(_) => Problem::new(Kind::PreconditionFailed).with_detail(error.to_string()),
        AuthoringError::NotPublishable(ref problems) => {
            Problem::new(Kind::Unprocessable).with_detail(error.to_string()).with_errors(places(problems))
        }
    }
}

/// What is wrong with a definition, with its places.
pub(super) fn places(problems: &[lp_domain::Problem]) -> Vec<Place> {
    let place = |problem: &lp_domain::Problem| Place {
        pointer: problem.pointer.clone(),
        detail: problem.kind.to_string(),
    };
    problems.iter().map(place).collect()
}
