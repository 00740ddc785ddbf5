//! Enrolments of many people at once, and facts of many.

mod body;
mod cancel;
mod courses;
mod create;
mod get;
mod list;
mod result;
mod row;
mod rows;

pub(super) use body::JobBody;
pub(super) use cancel::*;
pub(super) use courses::*;
pub(super) use create::*;
pub(super) use get::*;
pub(super) use list::*;
pub(super) use result::*;
pub(super) use row::Row;
pub(super) use rows::*;
