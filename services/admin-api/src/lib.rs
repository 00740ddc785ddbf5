#![doc = include_str!("../README.md")]

pub mod http;
mod rejudge;
mod run;

pub use http::openapi;
pub use run::{Config, run};
