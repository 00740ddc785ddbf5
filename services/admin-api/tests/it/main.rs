//! The admin API on a real Postgres: `DATABASE_URL` names one in which databases can be made.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod changes;
mod contexts;
mod courses;
mod drafts;
mod enrolments;
mod facts;
mod gaps;
mod identities;
mod jobs;
mod odd;
mod paths;
mod runs;
mod service;
mod support;
mod what_if;
