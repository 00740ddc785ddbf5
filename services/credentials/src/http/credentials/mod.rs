//! Credentials, as learners and managers have to do with them.

mod archive;
mod body;
mod by_hand;
mod document;
mod export;
mod file;
mod get;
mod list;
mod sharing;

pub(super) use archive::*;
pub(super) use by_hand::*;
pub(super) use document::*;
pub(super) use export::*;
pub(super) use file::*;
pub(super) use get::*;
pub(super) use list::*;
pub(super) use sharing::*;
