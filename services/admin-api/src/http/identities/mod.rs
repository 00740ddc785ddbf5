//! Who learners are, as the LMS says: accounts that are retired, usernames that change.

mod rename;
mod retire;

pub(super) use rename::*;
pub(super) use retire::*;
