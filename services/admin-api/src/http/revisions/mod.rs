//! Revisions.

mod difference;
mod get;
mod list;
mod migrate;
mod publish;

pub(super) use difference::*;
pub(super) use get::*;
pub(super) use list::*;
pub(super) use migrate::*;
pub(super) use publish::*;
