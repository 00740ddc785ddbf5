//! Drafts.

mod body;
mod delete;
mod difference;
mod get;
mod put;
mod validate;

pub(super) use delete::*;
pub(super) use difference::*;
pub(super) use get::*;
pub(super) use put::*;
pub(super) use validate::*;
