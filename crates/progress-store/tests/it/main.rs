//! The progress store against a real Postgres.
#![cfg(test)]

mod authoring;
mod batches;
mod enrolments;
mod fixture;
mod orders;
mod policies;
mod rebuilds;
