//! The crate from outside: bytes of Open edX's own producer in, facts out; our events out and in again.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy sees only the tests themselves")]

mod corpus;
mod faults_headers;
mod faults_payload;
mod faults_values;
mod golden;
mod golden_events;
mod path_events;
mod properties;
mod schema_changes;
mod schemas;
mod support;
