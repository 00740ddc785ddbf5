//! The query API on a real Postgres: `DATABASE_URL` names one in which databases can be made.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod access;
mod catalogue;
mod consumers;
mod crowd;
#[cfg(test)]
mod dashboards;
mod exports;
mod http;
mod live;
mod reports;
mod rosters;
mod seed;
mod service;
mod writer;
