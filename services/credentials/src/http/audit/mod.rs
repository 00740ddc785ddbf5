//! The audit log.

mod export;
mod list;

pub(super) use export::*;
pub(super) use list::*;
