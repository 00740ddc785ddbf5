//! The client against an LMS in process.
#![cfg(test)]

mod accounts;
mod bulk;
mod enrol;
mod fixture;
mod limits;
mod record;
mod secrets;
mod strange;
mod token;
