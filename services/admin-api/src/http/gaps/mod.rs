//! Facts held against what the LMS has.

mod body;
mod cancel;
mod create;
mod findings;
mod get;
mod heal;
mod list;

pub(super) use cancel::*;
pub(super) use create::*;
pub(super) use findings::*;
pub(super) use get::*;
pub(super) use heal::*;
pub(super) use list::*;
