//! Why a change was not made, as callers are told.

use lp_domain::ContextKey;
use lp_http::Problem;
use lp_http::problem::{Kind, Place};
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{Refusal, StoreError};

pub(super) fn problem(error: AuthoringError) -> Problem {
    match error {
        AuthoringError::Store(error) => of_store(error),
        AuthoringError::UnknownPath(_) | AuthoringError::UnknownRun(_) => {
            Problem::not_found(error.to_string())
        }
        AuthoringError::AlreadyThere(_)
        | AuthoringError::NothingNew(_)
        | AuthoringError::Cancelled(_)
        | AuthoringError::NothingPublished(_) => Problem::new(Kind::Conflict).with_detail(error.to_string()),
        AuthoringError::UnknownContexts(ref contexts) => {
            let place = |context: &ContextKey| Place {
                pointer: format!("/replace/{}", context.as_str().replace('~', "~0").replace('/', "~1")),
                detail: error.to_string(),
            };
            Problem::new(Kind::Unprocessable).with_errors(contexts.iter().map(place).collect())
        }
        AuthoringError::Refused(refusal) => refused(refusal),
        AuthoringError::Stale(_) => Problem::new(Kind::PreconditionFailed).with_detail(error.to_string()),
        AuthoringError::NotPublishable(ref problems) => {
            Problem::unprocessable(error.to_string()).with_errors(places(problems))
        }
        AuthoringError::WrongDates(ref problems) => within("/schedule", &error, problems),
        AuthoringError::WrongPolicy(ref problems) => within("/policy", &error, problems),
    }
}

/// A member of the body that cannot be used.
fn within(member: &str, error: &AuthoringError, problems: &[lp_domain::Problem]) -> Problem {
    let mut places = places(problems);
    for place in &mut places {
        place.pointer.insert_str(0, member);
    }
    Problem::unprocessable(error.to_string()).with_errors(places)
}

/// Why an enrolment cannot be had.
fn refused(refusal: Refusal) -> Problem {
    let kind = match refusal {
        Refusal::UnknownRun => return Problem::not_found(refusal.to_string()),
        Refusal::UnknownLearner | Refusal::Ambiguous => Kind::Unprocessable,
        Refusal::Archived
        | Refusal::Closed
        | Refusal::NotOpenYet
        | Refusal::EnrolmentOver
        | Refusal::InviteOnly
        | Refusal::NotEnrolled
        | Refusal::HasLeft
        | Refusal::Merged
        | Refusal::NotAgain => Kind::Conflict,
    };
    Problem::new(kind).with_detail(refusal.to_string())
}

fn of_store(error: StoreError) -> Problem {
    match error {
        StoreError::Database(error) => Problem::database(&error),
        StoreError::Corrupt { .. } => Problem::internal(&error),
        StoreError::UnknownRun(_) | StoreError::UnknownRevision { .. } => {
            Problem::not_found(error.to_string())
        }
        StoreError::WorldMoved(_) | StoreError::IllegalChange(_) => {
            Problem::new(Kind::Conflict).with_detail(error.to_string())
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
