//! Who may do what, beyond what tokens say.

mod body;
mod create;
mod list;
mod revoke;

pub(super) use create::*;
pub(super) use list::*;
pub(super) use revoke::*;
