//! End to end on real parts: Apache Kafka, Apicurio, Postgres, Open edX's own producer and consumer, our processes.
//!
//! Runs where `LP_E2E` names the directory of the real parts; `cargo xtask test` fetches them and sets it. Numbers after
//! `fault_` are rows of the list of faults.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, and their helpers")]

mod admin;
mod apis;
mod compare;
mod contracts;
mod crashes;
mod credential_crashes;
mod credentials;
mod dates;
mod demo;
mod doubts;
mod edges;
mod enrolments;
mod gaps;
mod odd;
mod openedx;
mod orders;
mod outages;
mod poison;
mod proxy;
mod retirement;
mod shutdown;
mod stack;
mod verifiers;
mod whole_way;
mod zombies;
