//! Runs that might be made, as their courses were rerun.

mod dismiss;
mod list;

pub(super) use dismiss::*;
pub(super) use list::*;
