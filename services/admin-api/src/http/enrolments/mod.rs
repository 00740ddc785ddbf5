//! Learners in runs.

mod body;
mod change;
mod create;
mod get;
mod list;
mod oneself;

pub(super) use change::*;
pub(super) use create::*;
pub(super) use get::*;
pub(super) use list::*;
pub(super) use oneself::*;
