//! The learners of a run or a path, for those who manage them: lists and exports.

mod asked;
mod export;
mod list;
mod pools;
mod portions;
mod row;
mod scope;

pub(super) use export::*;
pub(super) use list::*;
pub use pools::Rosters;
