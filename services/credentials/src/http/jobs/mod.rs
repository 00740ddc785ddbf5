//! Changes of many credentials.

mod body;
mod cancel;
mod create;
mod get;
mod list;
mod rows;
mod wanted;

pub(super) use cancel::*;
pub(super) use create::*;
pub(super) use get::*;
pub(super) use list::*;
pub(super) use rows::*;
