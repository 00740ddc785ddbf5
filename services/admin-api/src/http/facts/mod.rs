//! Facts that staff record: history from before the bus, recognition of prior learning, overrides.

mod import;
mod overrides;
mod row;

pub(super) use import::*;
pub(super) use overrides::*;
pub(super) use row::FactRow;
