//! The credentials service on a real Postgres: `DATABASE_URL` names one in which databases can be made.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod audit;
mod by_hand;
mod consume;
mod events;
mod http;
mod issuing;
mod jobs;
mod office;
mod service;
