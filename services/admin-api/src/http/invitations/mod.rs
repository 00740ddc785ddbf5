//! People who are enrolled once they have an account.

mod link;
mod list;
mod withdraw;

pub(super) use link::*;
pub(super) use list::*;
pub(super) use withdraw::*;
