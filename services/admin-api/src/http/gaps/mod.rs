//! Facts held against what the LMS has.

mod body;
mod change;
mod create;
mod findings;
mod get;
mod list;

pub(super) use change::*;
pub(super) use create::*;
pub(super) use findings::*;
pub(super) use get::*;
pub(super) use list::*;
