//! What a change would do to a run's learners, before it is made.

mod ask;
mod line;

pub(super) use ask::*;
