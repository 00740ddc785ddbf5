//! Rules of the house that a machine can check.

#![expect(clippy::unwrap_used, reason = "tests, and their helpers")]

mod compose;
mod dashboards;
mod layering;
