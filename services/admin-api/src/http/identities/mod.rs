//! Who learners are, as the LMS says: accounts that are retired or merged, usernames that change.

mod merge;
mod rename;
mod retire;

pub(super) use merge::*;
pub(super) use rename::*;
pub(super) use retire::*;
