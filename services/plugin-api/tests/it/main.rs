//! The plugin's API on a real Postgres: `DATABASE_URL` names one in which databases can be made.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod bulk;
mod courses;
mod enrolments;
mod odd;
mod oracle;
mod paths;
mod support;
