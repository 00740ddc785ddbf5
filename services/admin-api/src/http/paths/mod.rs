//! Learning paths.

mod archive;
mod body;
mod create;
mod edit;
mod get;
mod list;

pub(super) use archive::*;
pub(super) use create::*;
pub(super) use edit::*;
pub(super) use get::*;
pub(super) use list::*;
