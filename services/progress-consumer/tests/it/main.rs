//! The consumer's sink on a real Postgres. The whole service runs in the demo's test and end to end.
#![cfg(test)]

mod fixture;
mod sink;
