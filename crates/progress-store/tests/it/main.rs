//! The progress store against a real Postgres.
#![cfg(test)]

mod authoring;
mod awards;
mod batches;
mod counted;
mod dates;
mod enrolments;
mod exclusive;
mod fixture;
mod gaps;
mod happened;
mod merges;
mod migrations;
mod moments;
mod notified;
mod orders;
mod policies;
mod previews;
mod rebuilds;
mod reports;
mod simulated;
