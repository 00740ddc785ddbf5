//! Path runs.

mod archive;
mod body;
mod clone;
mod create;
mod edit;
mod get;
mod list;

pub(super) use archive::*;
pub(super) use clone::*;
pub(super) use create::*;
pub(super) use edit::*;
pub(super) use get::*;
pub(super) use list::*;
